import Foundation
import Platform

/// Files that differ from an earlier state of a git repository, for `--changed-since`.
enum GitChanges {
    static let timeoutSeconds = 60.0
    static let outputBytesMax = 16 << 20

    /// - Parameters:
    ///   - revision: what the work tree left: where it and `HEAD` part, if they do.
    ///   - paths: as `--manifests` has them.
    /// - Returns: files below them as the reader of manifests names them.
    static func files(since revision: String, paths: [String]) async throws -> Set<String> {
        if revision.hasPrefix("-") || revision.isEmpty {
            throw CommandFailure(message: "--changed-since: '\(revision)' is not a valid revision.")
        }
        var changed: Set<String> = []
        for path in paths {
            if path == "-" {
                throw CommandFailure(message: "--changed-since takes files and folders, not standard input.")
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure(message: "--manifests: \(path) does not exist.")
            }
            let cut = path.lastIndex(of: "/")
            let parent = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            let folder = isFolder.boolValue ? path : parent
            let base = try await mergeBase(revision, in: folder)
            // Relative to the folder, with those that git does not know yet.
            let names =
                try await git(
                    ["diff", "--name-only", "-z", "--relative", "--diff-filter=d", base, "--", "."], in: folder)
                + git(["ls-files", "-z", "--others", "--exclude-standard", "--", "."], in: folder)
            for name in names {
                if isFolder.boolValue {
                    changed.insert(path.hasSuffix("/") ? path + name : "\(path)/\(name)")
                } else if name == path[(cut.map { path.index(after: $0) } ?? path.startIndex)...] {
                    changed.insert(path)
                }
            }
        }
        return changed
    }

    private static func mergeBase(_ revision: String, in folder: String) async throws -> String {
        let known = try await git(
            ["rev-parse", "--verify", "--quiet", "\(revision)^{commit}"], in: folder, mayFail: true)
        guard let commit = known.first?.split(separator: "\n").first.map(String.init) else {
            throw CommandFailure(
                message:
                    "--changed-since: '\(revision)' is not a known revision of a git repository around '\(folder)'. In CI a shallow clone may lack it."
            )
        }
        let base = try await git(["merge-base", commit, "HEAD"], in: folder, mayFail: true)
        return base.first?.split(separator: "\n").first.map(String.init) ?? commit
    }

    /// - Returns: what it printed, cut at NULs.
    private static func git(_ arguments: [String], in folder: String, mayFail: Bool = false) async throws -> [String] {
        let program = ChildProcess(
            path: "/usr/bin/env", arguments: ["git", "-C", folder] + arguments,
            errorOutput: mayFail ? .discarded : .inherited,
            timeoutSeconds: timeoutSeconds, outputBytesMax: outputBytesMax)
        let result: ChildProcess.Result
        do throws(SystemError) { result = try await program.run() } catch {
            throw CommandFailure(message: "--changed-since: git cannot be run: \(error).")
        }
        if result.isOutputCut { throw CommandFailure(message: "--changed-since: too many files have changed.") }
        guard result.end == .exited(status: 0) else {
            if mayFail { return [] }
            throw CommandFailure(message: "--changed-since: git \(arguments[0]) failed in \(folder).")
        }
        return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
