package import Platform

/// What a restart needs again: the position and time of every record that something still remembers.
///
/// The oldest of them is a source's `resume` position.
package struct Remembered: Equatable {
    package var time: Timestamp
    package var position: String
}
