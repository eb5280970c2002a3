internal import CLinux
internal import Glibc
import Platform

/// Lets go of memory that only starting needed: free heap, and program pages.
///
/// Most of a resident agent is code that ran once, and data that was read once: parsing commands, compiling rules,
/// loading libraries. The kernel keeps such pages mapped for as long as there is memory. Dropping them (`madvise(2)`,
/// MADV_DONTNEED) costs nothing: they are clean and come back from the file when they are needed again.
package enum StartupPages {
    /// After the first look of every sampler.
    package static let afterSeconds = 5.0

    /// Drops resident pages of private mappings that are backed by files and were never written: code, and data that no
    /// relocation has touched. One with a page of its own (`Anonymous`, proc_pid_smaps(5)) is left alone.
    package static func release() {
        // First the heap: rule files' trees are gone, their pages are not (`malloc_trim(3)`).
        malloc_trim(0)
        // This process's own map, whatever the host's root.
        guard let maps = try? Files.text("/proc/self/smaps") else { return }
        for (start, length) in untouched(maps) {
            guard let start = UnsafeMutableRawPointer(bitPattern: start) else { continue }
            madvise(start, length, MADV_DONTNEED)
        }
    }

    /// Of a `smaps` text.
    static func untouched(_ maps: String) -> [(start: UInt, length: Int)] {
        var found: [(UInt, Int)] = []
        var current: (start: UInt, length: Int)?
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            if fields.count >= 5, !fields[0].hasSuffix(":") {
                let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
                let isPlain = ["r-xp", "r--p"].contains(fields[1]) && fields[4] != "0"
                current =
                    isPlain && bounds.count == 2 && bounds[1] > bounds[0]
                    ? (bounds[0], Int(bounds[1] - bounds[0])) : nil
            } else if fields.first == "Anonymous:", let mapping = current {
                if fields.count > 1, fields[1] == "0" { found.append(mapping) }
                current = nil
            }
        }
        return found
    }
}
