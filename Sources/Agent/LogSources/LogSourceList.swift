/// All kinds of log that agents read, in the order in which their sources start. A new one is one file with its entry
/// and one line here; how rule files name it is its entry in `LogSourceKind.all`.
package enum LogSourceList {
    package static let all = [JournalSource.entry, KmsgSource.entry, FileSource.entry]
}
