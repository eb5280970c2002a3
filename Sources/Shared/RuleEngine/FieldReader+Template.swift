import Documents
import Platform
import YAML

extension FieldReader {
    package mutating func template(_ name: String) -> MessageTemplate? {
        guard let text = text(name), let mark = node(name)?.mark else { return nil }
        do throws(MessageTemplate.Problem) {
            return try MessageTemplate(text)
        } catch {
            report(mark, name, error.message)
            return nil
        }
    }
}
