import Foundation
import KubernetesAPI

/// Where a webhook or an aggregated API lives in the cluster.
package struct ServiceTarget: Sendable, Equatable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init?(_ value: JSONValue?, _ texts: inout TextInterner) {
        guard let value, let name = value["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(value["namespace"])
    }
}
