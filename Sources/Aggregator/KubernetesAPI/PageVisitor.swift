/// Receives the pages of one list as they arrive, beside the index.
package protocol PageVisitor: AnyObject {
    /// The list is read again from its start: what was received so far is void.
    func restart()
    func visit(page: JSONValue)
    /// The list has ended.
    /// - Parameter problem: why it is incomplete; nil: it is complete.
    func finish(problem: APIError?)
}
