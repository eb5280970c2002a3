extension SourceSelector {
    /// How a log file is read; regular expressions and layout as in node-problem-detector's filelog plug-in.
    package struct FileFormat: Hashable, Sendable {
        package var path: String
        /// Gives the time: last submatch, or the whole match without groups. Empty: the time of reading.
        package var timestamp: String
        /// Gives the message; empty: the whole line.
        package var message: String
        /// Go's reference layout.
        package var timestampFormat: String
        /// Raw lines with any of these are dropped first.
        package var skipList: [String]

        package init(
            path: String, timestamp: String = "", message: String = "", timestampFormat: String = "",
            skipList: [String] = []
        ) {
            self.path = path
            self.timestamp = timestamp
            self.message = message
            self.timestampFormat = timestampFormat
            self.skipList = skipList
        }
    }

    /// The file of a `file` selector; nil: it is of another kind.
    package var file: FileFormat? {
        guard kind == LogSourceKind.file.name else { return nil }
        return FileFormat(
            path: text("path"), timestamp: text("timestamp"), message: text("message"),
            timestampFormat: text("timestampFormat"), skipList: self["skipList"])
    }

    package static func file(_ format: FileFormat) -> SourceSelector {
        SourceSelector(
            kind: LogSourceKind.file.name,
            values: [
                "path": [format.path], "timestamp": [format.timestamp], "message": [format.message],
                "timestampFormat": [format.timestampFormat], "skipList": format.skipList,
            ])
    }
}
