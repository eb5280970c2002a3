import Foundation
import TestSupport
import Testing

/// The pictures in docs/ARCHITECTURE.md are those of what Package.swift builds: the rooms, and two ways through them.
@Suite struct PackageTests {
    /// Target, and what it sees, in the manifest's order.
    private static let rooms: [(name: String, sees: [String])] = {
        let text = (try? Repository.text("Package.swift")) ?? ""
        let pattern = /room\(\s*"(\w+)",\s*"[\w\/]+",\s*sees: \[([^\]]*)\]/
        return text.matches(of: pattern).map { match in
            (String(match.1), match.2.matches(of: /"(\w+)"/).map { String($0.1) })
        }
    }()

    /// Names in the order of the picture.
    private func drawn() throws -> [String] {
        let text = try Repository.text("docs/ARCHITECTURE.md")
        let block = try #require(text.components(separatedBy: "```\n").dropFirst().first)
        return block.split(separator: "\n").flatMap { line in
            line.dropFirst(12).matches(of: /\w+/).map { String($0.0) }
        }
    }

    @Test func everyRoomIsDrawnOnce() throws {
        let names = try drawn().filter {
            !$0.hasPrefix("C") || $0.dropFirst().first?.isUppercase != true || $0 == "CLI"
        }
        let doors = ["AgentMain", "AggregatorMain"]
        #expect(names.sorted() == (Self.rooms.map(\.name) + doors).sorted())
        #expect(Self.rooms.count > 30)
    }

    @Test func everyOverlayIsDrawn() throws {
        let folders = Repository.files(under: "Sources").compactMap { $0.split(separator: "/").dropFirst().first }
        let overlays = Set(folders.filter { $0.hasPrefix("C") }.map(String.init))
        #expect(overlays.isSubset(of: try drawn()))
    }

    /// A room sees only what stands before it: in the picture, and in the manifest.
    @Test func everyArrowPointsToTheLeft() throws {
        let names = try drawn()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
        for room in Self.rooms {
            let place = try #require(places[room.name])
            for seen in room.sees {
                let other = try #require(places[seen], "\(room.name) sees \(seen), which is not drawn")
                #expect(other < place, "\(room.name) sees \(seen), which stands to its right")
            }
        }
    }

    /// One row of a way: `6  Web → Store   findings are committed`. A row without a number is a branch.
    private struct Step {
        var isBranch: Bool
        var rooms: [String]
    }

    /// The ways of the document: after the picture of the rooms, the blocks whose rows are numbered.
    private func ways() throws -> [[Step]] {
        let blocks = try Repository.text("docs/ARCHITECTURE.md").components(separatedBy: "```\n").enumerated()
        return blocks.filter { $0.offset % 2 == 1 && $0.element.hasPrefix("1  ") }.map { block in
            block.element.split(separator: "\n").compactMap { line in
                line.firstMatch(of: #/^(\d| )  (\w+(?: → \w+)*)  /#).map {
                    Step(isBranch: $0.1 == " ", rooms: $0.2.matches(of: /\w+/).map { String($0.0) })
                }
            }
        }
    }

    /// From each room of a way the next one is reached by an arrow of the manifest, in one direction or the other. A
    /// branch leaves from any room before it, and the way goes on where the branch began.
    @Test(arguments: 0..<2) func everyWayFollowsTheArrows(_ index: Int) throws {
        let ways = try ways()
        try #require(ways.count == 2)
        let sees = Dictionary(uniqueKeysWithValues: Self.rooms.map { ($0.name, Set($0.sees)) })
        var visited: [String] = []
        var last: String?
        #expect(ways[index].count >= 7)
        for step in ways[index] {
            var before = last
            for room in step.rooms {
                let own = try #require(sees[room], "\(room) does not exist")
                let from = step.isBranch && room == step.rooms.first ? visited : [before].compactMap(\.self)
                let isReached =
                    from.isEmpty || from.contains { $0 == room || own.contains($0) || sees[$0]?.contains(room) == true }
                #expect(isReached, "no arrow leads from \(from.joined(separator: ", ")) to \(room)")
                visited.append(room)
                before = room
            }
            if !step.isBranch { last = before }
        }
    }

    @Test func everyRoomIsExplained() throws {
        let text = try Repository.text("docs/ARCHITECTURE.md")
        for room in Self.rooms {
            #expect(text.contains("`\(room.name)`"), "\(room.name)")
        }
    }

    /// An arrow that no file of a room uses is taken away.
    @Test func everyArrowIsUsed() throws {
        let text = try Repository.text("Package.swift")
        let pattern = /room\(\s*"(\w+)",\s*"([\w\/]+)",\s*sees: \[([^\]]*)\]/
        for match in text.matches(of: pattern) where !match.1.hasPrefix("KubeEye") {
            var imported: Set<String> = []
            for file in try Repository.swiftFiles(under: "Sources/\(match.2)") {
                for line in file.text.matches(of: /(?m)^(?:package |internal )?import (\w+)$/) {
                    imported.insert(String(line.1))
                }
            }
            let unused = Set(match.3.matches(of: /"(\w+)"/).map { String($0.1) }).subtracting(imported)
            #expect(unused.isEmpty, "\(match.1) does not use what it sees: \(unused)")
        }
    }

    /// Agent and aggregator share what is shared, and nothing of each other.
    @Test func neitherProgramSeesTheOther() {
        let names = Self.rooms.map(\.name)
        let agent = names.drop { $0 != "Systemd" }.prefix { $0 != "KubernetesAPI" }
        let aggregator = names.drop { $0 != "KubernetesAPI" }
        #expect(!agent.isEmpty)
        for room in Self.rooms where agent.contains(room.name) {
            #expect(Set(room.sees).isDisjoint(with: aggregator), "\(room.name)")
        }
        for room in Self.rooms where aggregator.contains(room.name) {
            #expect(Set(room.sees).isDisjoint(with: agent), "\(room.name)")
        }
    }
}
