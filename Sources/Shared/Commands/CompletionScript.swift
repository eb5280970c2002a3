/// Scripts that make a shell ask the program for completion.
package enum CompletionScript {
    package static let shells = ["bash", "zsh", "fish"]

    /// - Parameter names: of the program, the one that people type first.
    package static func text(_ shell: String, names: [String]) -> String? {
        let function = "_\(names[0].replacing("-", with: "_"))"
        let all = names.joined(separator: " ")
        switch shell {
        case "bash":
            return """
                # bash completion of \(all)
                \(function)() {
                    local cur="${COMP_WORDS[COMP_CWORD]}" line directive="" words=()
                    words=("${COMP_WORDS[@]:1:COMP_CWORD}")
                    # bash takes `=` for a word of its own.
                    if [[ $cur == "=" ]]; then cur=""; fi
                    COMPREPLY=()
                    while IFS= read -r line; do
                        case $line in
                            :*) directive=$line ;;
                            *) COMPREPLY+=("${line%%$'\\t'*}") ;;
                        esac
                    done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
                    if [[ ${#COMPREPLY[@]} -eq 0 && $directive == ":0" ]]; then
                        compopt -o default 2>/dev/null
                    fi
                }
                complete -F \(function) \(all)
                """
        case "zsh":
            return """
                #compdef \(all)
                # zsh completion of \(all)
                \(function)() {
                    local -a lines candidates
                    local line directive="" text
                    lines=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                    for line in $lines; do
                        if [[ $line == :* ]]; then
                            directive=$line
                        else
                            text=${line%%$'\\t'*}
                            text=${text//:/\\\\:}
                            if [[ $line == *$'\\t'* ]]; then text+=":${line#*$'\\t'}"; fi
                            candidates+=("$text")
                        fi
                    done
                    if (( ${#candidates} )); then
                        _describe '\(names[0])' candidates
                    elif [[ $directive == ":0" ]]; then
                        _files
                    fi
                }
                if [[ $funcstack[1] == \(function) ]]; then
                    \(function) "$@"
                else
                    compdef \(function) \(all)
                fi
                """
        case "fish":
            let name = "__\(names[0].replacing("-", with: "_"))_complete"
            return """
                # fish completion of \(all)
                function \(name)
                    set -l words (commandline -opc)
                    set -l cur (commandline -ct)
                    set -l lines ($words[1] __complete $words[2..-1] "$cur" 2>/dev/null)
                    if test "$lines[-1]" = ":0"
                        __fish_complete_path "$cur"
                    else
                        string match -v -r '^:' -- $lines
                    end
                end
                \(names.map { "complete -c \($0) -f -a '(\(name))'" }.joined(separator: "\n"))
                """
        default: return nil
        }
    }
}
