import KubernetesAPI

struct NoSuchFileCheck: PodPhraseCheck {
    let id = "PodNoSuchFileOrDirectory"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)no such file or directory"#
}
