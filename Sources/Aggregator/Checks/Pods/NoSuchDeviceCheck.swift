import KubernetesAPI

struct NoSuchDeviceCheck: PodPhraseCheck {
    let id = "PodNoSuchDeviceOrAddress"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)no such device or address"#
}
