import Platform
import YAML

struct TemplateToken: Equatable {
    enum Kind: Equatable {
        /// Outside of actions.
        case text(String)
        case open, close
        case word(String)
        /// `.a`, with nothing before it; `.` alone is `dot`.
        case field(String)
        /// `.a` right behind something.
        case chain(String)
        case dot
        case variable(String)
        case string(String)
        case number(String)
        case declare, assign, pipe, comma, leftParenthesis, rightParenthesis
    }

    let kind: Kind
    let mark: Mark
}
