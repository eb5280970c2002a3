package import KubernetesAPI

/// What a check's schema sees: Polaris' `target`.
package enum CheckTarget: Sendable, Equatable {
    case controller, podTemplate, podSpec, container
    case kind(GroupKind)

    package var name: String {
        switch self {
        case .controller: "Controller"
        case .podTemplate: "PodTemplate"
        case .podSpec: "PodSpec"
        case .container: "Container"
        case .kind(let kind): kind.description
        }
    }
}
