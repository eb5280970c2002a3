import KubernetesAPI

struct FileExistsCheck: PodPhraseCheck {
    let id = "PodFileExists"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?im)(?:^|: |\] |\()(?:\[Errno 17\] )?file exists(?:$|[:.)\]"'\\])"#
}
