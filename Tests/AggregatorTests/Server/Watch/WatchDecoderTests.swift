import Synchronization
import Testing

@testable import KubernetesAPI
@testable import Watch

@Suite struct WatchDecoderTests {
    private static func object(_ name: String, _ version: Int) -> String {
        #"{"kind":"Node","metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}"#
    }

    @Test func cutsPiecesIntoLinesWhereverTheyBreak() {
        let text = [
            #"{"type":"ADDED","object":\#(Self.object("a", 1))}"#,
            #"{"type":"MODIFIED","object":\#(Self.object("a", 2))}"#,
            #"{"type":"BOOKMARK","object":\#(Self.object("", 9))}"#,
            #"{"type":"DELETED","object":\#(Self.object("a", 10))}"#, "",
        ].joined(separator: "\n")
        for size in [1, 2, 7, 64, 10_000] {
            let seen = Mutex<[String]>([])
            let decoder = WatchDecoder(version: "0") { change, object in
                seen.withLock { $0.append("\(change) \(object["metadata"]?["name"]?.string ?? "")") }
            }
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                #expect(decoder.receive(Array(rest.prefix(size))))
                rest = rest.dropFirst(size)
            }
            #expect(seen.withLock { $0 } == ["set a", "set a", "bookmark ", "remove a"])
            #expect(decoder.version == "10")
        }
    }

    @Test(arguments: [
        #"{"type":"ERROR","object":{"kind":"Status","code":410}}"#, "not json", #"{"type":"NEWS","object":{}}"#,
    ])
    func listsAgainAfterWhatItDoesNotUnderstand(_ line: String) {
        let decoder = WatchDecoder(version: "5") { _, _ in }
        #expect(!decoder.receive(Array((line + "\n").utf8)))
        #expect(decoder.mustRelist)
    }
}
