import KubernetesAPI

struct TooManyOpenFilesCheck: PodPhraseCheck {
    let id = "PodTooManyOpenFiles"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)too many open files"#
}
