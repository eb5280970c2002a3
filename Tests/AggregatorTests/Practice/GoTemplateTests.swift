import Foundation
import Testing

@testable import KubernetesAPI
@testable import Practice

/// Go's text/template, by a table: what pkg.go.dev/text/template and the source of exec.go say.
@Suite struct GoTemplateTests {
    static let object = """
        {"metadata":{"name":"web","labels":{"app":"web","tier":"front"},"annotations":null},
         "spec":{"replicas":3,"paused":false,"ratio":0.5,"big":12345678901234,"empty":"","list":["x","y","z"],
         "containers":[{"name":"a","image":"nginx"},{"name":"b"}],"none":[]}}
        """

    private func render(_ text: String) throws -> String {
        let template = try GoTemplate(text)
        return try JSONDocument(Self.object.utf8).withView { view in
            let context = AuditContext(object: view, place: nil, podSpec: view.member(named: "spec"))
            return try template.render(context.root)
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("{{ .metadata.name }}", "web"), ("{{.metadata.name}}-{{.spec.replicas}}", "web-3"),
        ("{{ .missing }}", "<no value>"), ("{{ .missing.deeper.still }}", "<no value>"),
        ("{{ .metadata.annotations }}", "<no value>"),
        ("{{ .spec.paused }} {{ .spec.ratio }} {{ .spec.big }}", "false 0.5 12345678901234"),
        ("{{ .metadata.labels }}", "map[app:web tier:front]"), ("{{ .spec.list }}", "[x y z]"),
        ("{{ .Polaris.PodSpec.replicas }}", "3"), ("{{ .Polaris.Container.name }}", "<no value>"),
        // Conditions.
        ("{{ if .spec.replicas }}yes{{ else }}no{{ end }}", "yes"),
        ("{{ if .spec.empty }}yes{{ else }}no{{ end }}", "no"),
        ("{{ if .missing }}a{{ else if .metadata.name }}b{{ else }}c{{ end }}", "b"),
        ("{{ if .spec.none }}a{{ end }}|{{ if .spec.list }}b{{ end }}", "|b"),
        ("{{ with .metadata }}{{ .name }}{{ end }}", "web"),
        ("{{ with .missing }}a{{ else }}{{ .metadata.name }}{{ end }}", "web"),
        ("{{ with $x := .spec.replicas }}{{ $x }}{{ . }}{{ end }}", "33"),
        // Loops.
        ("{{ range .spec.list }}[{{ . }}]{{ end }}", "[x][y][z]"),
        ("{{ range $i, $v := .spec.list }}{{ $i }}{{ $v }} {{ end }}", "0x 1y 2z "),
        ("{{ range $k, $v := .metadata.labels }}{{ $k }}={{ $v }},{{ end }}", "app=web,tier=front,"),
        ("{{ range .spec.none }}a{{ else }}none{{ end }}", "none"),
        ("{{ range .missing }}a{{ else }}none{{ end }}", "none"),
        ("{{ range .spec.containers }}{{ .name }}{{ $.metadata.name }} {{ end }}", "aweb bweb "),
        ("{{ range $v := .spec.list }}{{ if eq $v \"y\" }}{{ continue }}{{ end }}{{ $v }}{{ end }}", "xz"),
        ("{{ range .spec.list }}{{ if eq . \"y\" }}{{ break }}{{ end }}{{ . }}{{ end }}", "x"),
        // Variables.
        ("{{ $n := .metadata.name }}{{ $n }}", "web"), ("{{ $n := 1 }}{{ if true }}{{ $n = 2 }}{{ end }}{{ $n }}", "2"),
        ("{{ $n := 1 }}{{ if true }}{{ $n := 2 }}{{ $n }}{{ end }}{{ $n }}", "21"),
        ("{{ $x := .spec }}{{ $x.replicas }}", "3"),
        // Functions.
        ("{{ eq .metadata.name \"web\" }}", "true"), ("{{ eq .metadata.name \"a\" \"web\" }}", "true"),
        ("{{ eq .missing false }}", "false"),
        ("{{ eq .missing nil }}", "true"), ("{{ ne .spec.replicas 3 }}", "false"),
        ("{{ lt 1 2 }} {{ le 2 2 }} {{ gt 1 2 }} {{ ge 3 2 }}", "true true false true"),
        ("{{ lt \"a\" \"b\" }}", "true"), ("{{ and .spec.replicas .metadata.name }}", "web"),
        ("{{ and .missing .metadata.name.x }}", "<no value>"),
        ("{{ or .missing .spec.replicas }}", "3"), ("{{ or .missing .spec.empty }}", ""),
        ("{{ not .missing }}", "true"),
        ("{{ index .spec.list 1 }}", "y"), ("{{ index .metadata.labels \"app\" }}", "web"),
        ("{{ index .metadata.labels \"gone\" }}", "<no value>"),
        ("{{ index .spec.containers 0 \"image\" }}", "nginx"), ("{{ (index .spec.containers 1).name }}", "b"),
        ("{{ len .spec.list }} {{ len .metadata.labels }} {{ len \"äb\" }}", "3 2 3"),
        ("{{ print \"a\" 1 2 \"b\" }}", "a1 2b"), ("{{ print 1 2 }}", "1 2"),
        ("{{ printf \"%s-%d-%v\" .metadata.name .spec.replicas true }}", "web-3-true"),
        ("{{ printf \"%q %5d|%-4s|%05d|%.2f|%%\" \"x\" 42 \"ab\" 42 0.5 }}", "\"x\"    42|ab  |00042|0.50|%"),
        ("{{ printf \"%d\" \"x\" }}", "%!d(string=x)"), ("{{ printf \"%s %s\" \"x\" }}", "x %!s(MISSING)"),
        ("{{ hasPrefix \"nginx\" \"ng\" }} {{ hasSuffix \"nginx\" \"ng\" }}", "true false"),
        // Pipelines and parentheses.
        ("{{ .metadata.name | printf \"<%s>\" }}", "<web>"), ("{{ .metadata.name | eq \"web\" | not }}", "false"),
        ("{{ if and (eq .metadata.name \"web\") (gt .spec.replicas 1) }}x{{ end }}", "x"),
        ("{{ (print \"a\" \"b\") | len }}", "2"),
        // White space, comments, literals.
        ("a  {{- 1 -}}  b", "a1b"), ("a {{/* comment */}} b", "a  b"), ("a {{- /* c */ -}} b", "ab"),
        ("{{ `raw \\n` }}", "raw \\n"),
        ("{{ \"tab\\t\\u00e4\" }}", "tab\tä"), ("{{ 'a' }} {{ 1.5 }} {{ -3 }} {{ true }}", "97 1.5 -3 true"),
        ("{{ \"}}\" }}", "}}"),
        ("{{ with .spec.list }}{{ len . }}{{ end }}", "3"), ("{{ 1000000 }} {{ 0.1 }} {{ 1e21 }}", "1000000 0.1 1e+21"),
    ]) func rendersAsGoDoes(_ text: String, _ expected: String) throws { #expect(try render(text) == expected) }

    @Test(arguments: [
        ("{{ .metadata.name", "1:1: {{ has no }}"), ("a\n{{ foo }}", "2:4: 'foo' is not a known function"),
        ("{{ if .x }}a", "{{if}} has no {{end}}"), ("{{ end }}", "without an action to end"),
        ("{{ $x }}", "the variable $x is not defined"),
        ("{{ if .a }}{{ $v := 1 }}{{ end }}{{ $v }}", "the variable $v is not defined"),
        ("{{ $v = 1 }}", "the variable $v is not defined"),
        ("{{ }}", "a value is missing"), ("{{ .a | }}", "a value is expected"), ("{{ \"open }}", "no closing quote"),
        ("{{ lenn .a }}", "did you mean 'len'?"),
        ("{{ template \"x\" }}", "is not supported"), ("{{ break }}", "outside of a range"),
        ("{{ .a ) }}", "does not belong here"),
    ]) func mistakesHaveTheirPlace(_ text: String, _ words: String) {
        #expect { try GoTemplate(text) } throws: { "\($0)".contains(words) }
    }

    @Test(arguments: [
        ("{{ .metadata.name.first }}", "can't evaluate field first in type string"),
        ("{{ index .missing \"a\" }}", "index of untyped nil"),
        ("{{ index .spec.list 9 }}", "index out of range: 9"), ("{{ lt .metadata.name 1 }}", "incompatible types"),
        ("{{ eq .metadata.name 1 }}", "incompatible types"),
        ("{{ range .metadata.name }}{{ end }}", "can't iterate over string"),
        ("{{ len .spec.replicas }}", "len of type int"), ("{{ .metadata.name 1 }}", "takes no arguments"),
        ("{{ range 9999999 }}{{ end }}", "too much"),
        ("{{ range 900 }}{{ range 900 }}{{ range 900 }}x{{ end }}{{ end }}{{ end }}", "too large"),
    ]) func failuresWhileRenderingHaveTheirPlace(_ text: String, _ words: String) {
        #expect { try render(text) } throws: { "\($0)".contains(words) && "\($0)".hasPrefix("1:") }
    }
}
