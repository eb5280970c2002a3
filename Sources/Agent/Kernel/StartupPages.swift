internal import CLinux
internal import Glibc
import Shared

/// Lets go of memory that only starting needed: free heap, and program pages.
///
/// Most of a resident agent is code that ran once: parsing commands, compiling rules, loading libraries. The kernel
/// keeps such pages mapped for as long as there is memory. Dropping them (`madvise(2)`, MADV_DONTNEED) costs nothing:
/// they are clean and come back from the file when they are needed again.
enum StartupPages {
    /// After the first look of every sampler.
    static let afterSeconds = 5.0

    /// Drops resident pages of executable mappings that are backed by files: code, which nobody ever writes. Read-only
    /// data is left alone, because relocation has written to parts of it.
    static func release() {
        // First the heap: rule files' trees are gone, their pages are not (`malloc_trim(3)`).
        malloc_trim(0)
        // This process's own map, whatever the host's root.
        guard let maps = try? Files.text("/proc/self/maps") else { return }
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 6, fields[1] == "r-xp", fields[4] != "0" else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard bounds.count == 2, bounds[1] > bounds[0], let start = UnsafeMutableRawPointer(bitPattern: bounds[0])
            else { continue }
            madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }
}
