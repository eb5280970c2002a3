import Foundation
import KubeEyeFuzzing

let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["KE_FUZZ"] ?? ""
    guard let found = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("KE_FUZZ is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        exit(2)
    }
    return found
}()

/// libFuzzer's own `main` calls it; both ways in lead to the chosen target.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main struct Fuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        let status = runDriver(&count, &arguments) { fuzz($0, $1) }
        exit(status)
    }
}
