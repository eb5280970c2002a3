import Host
import Platform

/// Pressure stall information, `/proc/pressure/{cpu,memory,io}` (Linux `Documentation/accounting/psi.rst`).
struct Pressure: Equatable, Sendable {
    var someAvg60 = 0.0
    var someAvg300 = 0.0
    var fullAvg300 = 0.0

    /// - Throws: `SystemError`; kernels without PSI, or booted with `psi=0`, have no such file or refuse to read it.
    static func read(_ host: HostRoot, _ resource: String) throws(SystemError) -> Pressure {
        Pressure(try host.text("/proc/pressure/\(resource)"))
    }

    /// - Parameter text: a pressure file's; lines that are not there are zero.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            func value(_ name: String) -> Double {
                words.first { $0.hasPrefix(name + "=") }.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
            }
            if words.first == "some" {
                someAvg60 = value("avg60")
                someAvg300 = value("avg300")
            } else if words.first == "full" {
                fullAvg300 = value("avg300")
            }
        }
    }
}
