import KubernetesAPI

struct IOErrorCheck: PodPhraseCheck {
    let id = "PodIOError"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)(?:^|[^0-9a-z] ?)\b(?:I/O|Input/output) error\b"#
}
