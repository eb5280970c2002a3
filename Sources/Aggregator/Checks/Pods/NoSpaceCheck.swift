import KubernetesAPI

struct NoSpaceCheck: PodPhraseCheck {
    let id = "PodNoSpaceLeftOnDevice"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)no space left on device"#
}
