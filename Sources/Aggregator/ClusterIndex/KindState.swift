package import KubernetesAPI
package import Platform

/// The outcome of reading one kind.
package struct KindState: Sendable, Equatable {
    var objects = 0
    var pages = 0
    /// The server's clock when it was read; this machine's where the server sends none.
    package var date: Timestamp
    package var resourceVersion = ""
    /// Why it is not whole. What was read counts; what is missing may not have been read.
    package var problem: APIError?
    /// The only namespace that it was read in, because the whole cluster is forbidden; nil: it was not narrowed.
    package var onlyNamespace: String?

    package var isNarrowed: Bool { onlyNamespace != nil }

    package init(
        objects: Int = 0, pages: Int = 0, date: Timestamp, resourceVersion: String = "", problem: APIError? = nil,
        onlyNamespace: String? = nil
    ) {
        self.objects = objects
        self.pages = pages
        self.date = date
        self.resourceVersion = resourceVersion
        self.problem = problem
        self.onlyNamespace = onlyNamespace
    }
}
