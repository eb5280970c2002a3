package import Platform

/// Reads a list page by page (`limit`, `continue`): each page is parsed once, passed to `onPage`, and released.
///
/// The next page is prefetched as soon as a page's token is known.
package struct PageLister: Sendable {
    /// Objects of a page.
    static let pageSize = 500
    /// A longer list is cut, which is a problem of the result.
    static let pagesMax = 5000

    package struct Result: Sendable {
        package var objects: Int
        package var pages: Int
        /// The version at which a watch can continue.
        package var resourceVersion: String
        /// The server's clock at the first page.
        package var date: Timestamp?
        /// Why it is incomplete; what was read before is valid.
        package var problem: APIError?
    }

    package let client: KubernetesClient
    package let path: String
    package var fieldSelector: String?

    /// - Parameters:
    ///   - onRestart: what was read is void; the list starts again, because its token had expired.
    ///   - onPage: one page; called on the caller's task, page after page.
    package func list(
        onRestart: () -> Void, onPage: (_ page: JSONValue, _ number: Int) -> Int
    ) async -> Result {
        var result = Result(objects: 0, pages: 0, resourceVersion: "", date: nil, problem: nil)
        var hasRestarted = false
        var token = ""
        var outcome = await fetch(token)
        while true {
            var response: APIResponse
            switch outcome {
            case .success(let got): response = got
            case .failure(let error) where error.kind == .gone && !hasRestarted && result.pages > 0:
                // The token outlived etcd's compaction: read again from the start.
                hasRestarted = true
                onRestart()
                result = Result(objects: 0, pages: 0, resourceVersion: "", date: nil, problem: nil)
                token = ""
                outcome = await fetch(token)
                continue
            case .failure(var error):
                error.page = result.pages + 1
                result.problem = error
                return result
            }
            let number = result.pages + 1
            let document: JSONDocument
            do throws(JSONError) { document = try JSONDocument(parsing: &response.body) } catch {
                let kind: APIError.Kind =
                    error.kind == .malformed ? .malformed : error.kind == .truncated ? .truncated : .tooLarge
                result.problem = APIError(kind, Self.words(error, response.body), request: request, page: number)
                return result
            }
            let root = document.root
            guard root["items"]?.kind == .array || root["items"]?.isNull == true else {
                result.problem = APIError(.malformed, "the answer is not a list", request: request, page: number)
                return result
            }
            if result.date == nil { result.date = response.date }
            result.pages = number
            result.resourceVersion = root["metadata"]?["resourceVersion"]?.string ?? ""
            let following = root["metadata"]?["continue"]?.string ?? ""
            guard !following.isEmpty, following != token, number < Self.pagesMax else {
                result.objects += onPage(root, number)
                if following.isEmpty { return result }
                result.problem = APIError(
                    .truncated,
                    following == token ? "the server repeated a page token" : "more than \(Self.pagesMax) pages",
                    request: request, page: number)
                return result
            }
            // One page ahead and no more.
            async let next = fetch(following)
            result.objects += onPage(root, number)
            outcome = await next
            token = following
        }
    }

    private var request: String { KubernetesClient.name("GET", path) }

    package init(client: KubernetesClient, path: String, fieldSelector: String? = nil) {
        self.client = client
        self.path = path
        self.fieldSelector = fieldSelector
    }

    private func fetch(_ token: String) async -> Swift.Result<APIResponse, APIError> {
        var query = "?limit=\(Self.pageSize)"
        if let fieldSelector { query += "&fieldSelector=\(fieldSelector.urlEscaped)" }
        if !token.isEmpty { query += "&continue=\(token.urlEscaped)" }
        do throws(APIError) { return .success(try await client.get(path + query)) } catch { return .failure(error) }
    }

    /// What came instead of JSON, where it can be recognised, such as a proxy's login page.
    private static func words(_ error: JSONError, _ body: [UInt8]) -> String {
        if body.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
            return "received HTML instead of JSON; is there a proxy in between?"
        }
        return error.message
    }
}
