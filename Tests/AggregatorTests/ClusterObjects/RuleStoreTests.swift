import Testing

@testable import ClusterObjects

@Suite struct FileDiffTests {
    @Test func showsChangedLinesWithTwoAroundThem() {
        let old = ["a.yaml": "1\n2\n3\n4\n5\n6\n7\n8\n9", "same.yaml": "x"]
        let new = ["a.yaml": "1\n2\n3\n4\nfive\n6\n7\n8\n9", "same.yaml": "x"]
        #expect(FileDiff.text(old, new) == "--- a.yaml\n+++ a.yaml\n 3\n 4\n-5\n+five\n 6\n 7")
    }

    @Test func stretchesThatLieApartAreSeparated() {
        let old = (1...12).map(String.init).joined(separator: "\n")
        let new = old.replacing("2\n", with: "two\n", maxReplacements: 1).replacing("11", with: "eleven")
        #expect(FileDiff.text(["a": old], ["a": new]).split(separator: "\n").contains("  …"))
    }

    @Test func filesThatComeAndGoAreNamed() {
        #expect(FileDiff.text([:], ["a": "x"]) == "--- (none)\n+++ a\n+x")
        #expect(FileDiff.text(["a": "x"], [:]) == "--- a\n+++ (none)\n-x")
        #expect(FileDiff.text(["a": "x"], ["a": "x"]).isEmpty)
    }

    @Test func aLongDiffIsCutAndCounted() {
        let text = (0...FileDiff.linesMax).map(String.init).joined(separator: "\n")
        let lines = FileDiff.text([:], ["a": text]).split(separator: "\n")
        #expect(lines.count == FileDiff.linesMax + 1)
        #expect(lines.last == "… 3 more lines")
    }

    @Test func controlCharactersDoNotReachTheTerminal() {
        #expect(!FileDiff.text([:], ["a": "x\u{1B}[31m"]).contains("\u{1B}"))
    }
}

@Suite struct OwnershipTests {
    @Test(
        arguments: [
            (
                ["annotations": ["argocd.argoproj.io/tracking-id": "shop:/ConfigMap:a/b"]],
                "the Argo CD application shop"
            ),
            (["labels": ["argocd.argoproj.io/instance": "shop"]], "the Argo CD application shop"),
            (
                ["labels": ["kustomize.toolkit.fluxcd.io/name": "a", "kustomize.toolkit.fluxcd.io/namespace": "flux"]],
                "the Flux Kustomization flux/a"
            ),
            (["labels": ["helm.toolkit.fluxcd.io/name": "a"]], "the Flux HelmRelease ?/a"),
            (["annotations": ["meta.helm.sh/release-name": "a"]], "the Helm release a"),
            (["labels": ["app.kubernetes.io/managed-by": "Helm"]], "a Helm release"),
            (["labels": ["app": "a"], "annotations": ["b": "c"]], nil), ([:], nil),
        ] as [([String: [String: String]], String?)])
    func isReadFromTheMarksOfOtherTools(_ metadata: [String: [String: String]], _ owner: String?) {
        #expect(Ownership.owner(metadata) == owner)
    }

    @Test func managersAreTheLastResort() {
        #expect(Ownership.owner(["managedFields": [["manager": "kubectl"], ["manager": "helm-controller"]]]) == "Flux")
        #expect(Ownership.owner(["managedFields": [["manager": "kubectl"]]]) == nil)
    }
}
