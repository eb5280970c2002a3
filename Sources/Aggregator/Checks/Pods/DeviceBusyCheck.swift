import KubernetesAPI

struct DeviceBusyCheck: PodPhraseCheck {
    let id = "PodDeviceOrResourceBusy"
    let needs: [ClusterKind] = [.events, .pods]

    let phrase = #"(?i)device or resource busy"#
}
