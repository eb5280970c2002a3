import Foundation

/// `deploy/base` and its overlays, built by the kubectl that `KUBEBUILDER_ASSETS` holds.
package enum Kustomization {
    private static let kubectl = (ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? "") + "/kubectl"

    package static let isPossible: Bool = {
        let can = FileManager.default.isExecutableFile(atPath: kubectl)
        if !can { print("skipped: no kubectl in KUBEBUILDER_ASSETS: kustomizations are not built") }
        return can
    }()

    package static func overlays() throws -> [String] {
        let folder = Repository.root.appending(path: "deploy/overlays")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { "overlays/" + $0 }
    }

    /// - Parameter name: `base` or `overlays/probes`.
    package static func build(_ name: String) throws -> (status: Int32, output: String) {
        // From a copy, in the words of the kustomize that old kubectls have built in.
        let copy = try TemporaryFolder()
        let deploy = Repository.root.appending(path: "deploy")
        for folder in ["base", name] {
            let files = try FileManager.default.contentsOfDirectory(atPath: deploy.path + "/" + folder)
            for file in files where file.hasSuffix(".yaml") {
                let text = try String(contentsOf: deploy.appending(path: "\(folder)/\(file)"), encoding: .utf8)
                let old = text.replacing("resources:\n  - ../../base\n", with: "bases:\n  - ../../base\nresources:\n")
                    .replacing("patches:\n", with: "patchesStrategicMerge:\n").replacing("  - path: ", with: "  - ")
                try copy.write(old, to: "\(folder)/\(file)")
            }
        }
        return try Child.run([kubectl, "kustomize", copy.path + "/" + name])
    }
}
