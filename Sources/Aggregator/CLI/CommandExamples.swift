/// Examples of commands, which help and man pages begin with; `{ke}` stands for the program as it was typed. A test
/// parses each.
enum CommandExamples {
    static let all: [String: [(purpose: String, command: String)]] = [
        "": [
            ("What is wrong in the current context", "{ke} report"),
            ("Why a pod fails", "{ke} why pod web-0 -n shop"),
            ("What a check looks at, and what to do", "{ke} checks explain NodeDisk"),
        ],
        "report": [
            ("What is wrong in the cluster of the current context", "{ke} report"),
            ("One namespace, again and again", "{ke} report -n shop -w"),
            (
                "A page to send, and a file for code scanning, in one run",
                "{ke} report -o html=report.html -o sarif=ke.sarif"
            ),
            (
                "A gate in CI over manifests that a branch changed",
                "{ke} report --manifests deploy --changed-since origin/main --fail-on danger"
            ),
            ("Fail on new trouble alone", "{ke} report --baseline baseline.json --fail-on warning"),
            ("All clusters of the kubeconfig, a row each", "{ke} report --contexts all"),
        ],
        "why": [
            ("A node, with what changed before", "{ke} why node worker-3"),
            ("A pod", "{ke} why pod web-0 -n shop"),
        ],
        "checks": [("All checks", "{ke} checks list"), ("One of them", "{ke} checks explain PodPending")],
        "checks list": [
            ("All checks", "{ke} checks list"), ("The same for programs", "{ke} checks list -o json"),
        ],
        "checks explain": [("What a check looks at, and what to do", "{ke} checks explain NodeDisk")],
        "silence": [
            (
                "A known fault, until it is mended",
                "{ke} silence NodeDisk --node worker-3 --for 4h --reason 'disk is being replaced'"
            )
        ],
        "ack": [("Somebody is at it", "{ke} ack 0123456789abcdef --for 2d --reason 'ticket 4711'")],
        "rules": [
            ("A rule for a line", "{ke} rules new --from-line 'kernel: md127: disk failure on sdb1'"),
            ("What is wrong with a file of rules", "{ke} rules check raid.yaml"),
        ],
        "rules new": [
            ("A rule for a line", "{ke} rules new --from-line 'kernel: md127: disk failure on sdb1'")
        ],
        "rules check": [("Every mistake of a file", "{ke} rules check raid.yaml")],
        "rules test": [
            ("What rules would have found in a log", "{ke} rules test raid.yaml --log kern.log"),
            ("Which rules examine a line", "{ke} rules test --explain 'kernel: Out of memory: Killed process 1 (a)'"),
        ],
        "completion": [
            ("For this shell", "source <({ke} completion bash)"),
            ("For good", "{ke} completion fish > ~/.config/fish/completions/ke.fish"),
        ],
        "man": [("A command's man page", "{ke} man report | man -l -")],
        "install": [
            ("What would be installed", "{ke} install -o yaml"), ("Into the current context", "{ke} install"),
        ],
    ]
}
