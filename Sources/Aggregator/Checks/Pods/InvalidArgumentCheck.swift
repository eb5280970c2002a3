import KubernetesAPI

struct InvalidArgumentCheck: PodPhraseCheck {
    let id = "PodInvalidArgument"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?im)(?:^|: |\] |\()(?:\[Errno 22\] )?invalid argument(?:$|[:.)\]"'\\])"#
}
