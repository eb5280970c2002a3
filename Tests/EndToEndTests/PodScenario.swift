@testable import Report

/// A workload with one fault, and the row that it must become.
struct PodScenario {
    /// Also its namespace.
    let name: String
    let object: String
    /// The row's cause, or any of its findings.
    let check: String
    /// In the row's summary.
    let words: String
    let yaml: String

    func isSeen(in row: RealCluster.Row) -> Bool {
        // The testbed's pipe loses kernel lines, which agents then report as a gap; the pod's status tells of the kill.
        let isTold = row.checks.contains(check) || check == "NodeOOM" && row.checks.contains("PodOOMKilled")
        return row.incident.object == object && isTold && row.incident.summary.contains(words)
    }

    /// A Deployment of one busybox; `pod` and `container` are members in YAML's flow style.
    init(
        _ name: String, _ check: String, _ words: String, pod: String = "",
        container: String, image: String = "docker.io/library/busybox:1"
    ) {
        self.name = name
        object = "deployment/\(name)/main"
        self.check = check
        self.words = words
        yaml =
            Self.space(name) + """
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: main, namespace: \(name) }
                spec:
                  selector: { matchLabels: { app: \(name) } }
                  template:
                    metadata: { labels: { app: \(name) } }
                    spec: { terminationGracePeriodSeconds: 1, \(pod) containers: [
                      { name: app, image: '\(image)', imagePullPolicy: IfNotPresent, \(container) } ] }

                """
    }

    /// Of any objects.
    init(_ name: String, _ object: String, _ check: String, _ words: String, yaml: String) {
        self.name = name
        self.object = object
        self.check = check
        self.words = words
        self.yaml = Self.space(name) + yaml
    }

    private static func space(_ name: String) -> String {
        "apiVersion: v1\nkind: Namespace\nmetadata: { name: \(name) }\n---\n"
    }

    private static let files =
        "volumes: [{ name: f, configMap: { name: files, defaultMode: MODE } }],"
    private static let map = """
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: files, namespace: NAME }
        data: { program: "no program" }

        """

    /// A program in a mounted file.
    private static func file(_ name: String, _ check: String, _ words: String, mode: String) -> PodScenario {
        let scenario = PodScenario(
            name, check, words, pod: files.replacing("MODE", with: mode),
            container: "command: [/f/program], volumeMounts: [{ name: f, mountPath: /f }]")
        return PodScenario(
            name, scenario.object, check, words,
            yaml: scenario.yaml.replacing(space(name), with: "") + map.replacing("NAME", with: name))
    }

    static let all: [PodScenario] = [
        PodScenario(
            "oom", "NodeOOM", "was killed",
            container: "resources: { limits: { memory: 20Mi } }, command: [sh, -c, 'sleep 2; tail /dev/zero']"),
        PodScenario(
            "oom-child", "NodeOOM", "was killed",
            container:
                "resources: { limits: { memory: 20Mi } }, "
                + "command: [sh, -c, 'while :; do tail /dev/zero; sleep 20; done']"
        ),
        PodScenario(
            "image", "PodSetImagePullBackOff", "registry.invalid", container: "command: [sleep, 1d]",
            image: "registry.invalid/nothing:1"),
        PodScenario(
            "image-name", "PodSetImagePullBackOff", "invalid reference format", container: "command: [sleep, 1d]",
            image: "UPPER/Bad:::1"),
        PodScenario(
            "program", "PodNoSuchFileOrDirectory", "no such file or directory", container: "command: [/bin/nothere]"),
        PodScenario(
            "file", "PodNoSuchFileOrDirectory", "no such file or directory",
            container: "command: [cat, /data/config.json]"),
        file("mode", "PodPermissionDenied", "permission denied", mode: "0444"),
        file("format", "PodExecFormatError", "exec format error", mode: "0555"),
        PodScenario(
            "liveness", "PodCrashLoop", "restarted",
            container:
                "command: [sleep, 1d], "
                + "livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 }"
        ),
        PodScenario(
            "readiness", "WarningEvent", "Readiness probe failed",
            container: "command: [sleep, 1d], readinessProbe: { exec: { command: ['false'] }, periodSeconds: 2 }"),
        PodScenario(
            "map", "PodConfigError", "\"missing\" not found",
            container: "command: [sleep, 1d], envFrom: [{ configMapRef: { name: missing } }]"),
        PodScenario(
            "secret", "VolumeMountFailed", "\"missing\" not found",
            pod: "volumes: [{ name: s, secret: { secretName: missing } }],",
            container: "command: [sleep, 1d], volumeMounts: [{ name: s, mountPath: /s }]"),
        PodScenario(
            "cpu", "WarningEvent", "Insufficient cpu",
            container: "command: [sleep, 1d], resources: { requests: { cpu: '900' } }"),
        PodScenario(
            "storage", "PodNotReady", "ephemeral local storage",
            container:
                "resources: { limits: { ephemeral-storage: 5Mi } }, "
                + "command: [sh, -c, 'dd if=/dev/zero of=/tmp/x bs=1M count=20; sleep 1d']"
        ),
        PodScenario(
            "quota", "resourcequota/quota/q", "QuotaNearLimit", "limits.memory",
            yaml: """
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: q, namespace: quota }
                spec: { hard: { limits.memory: 64Mi } }
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: many, namespace: quota }
                spec:
                  replicas: 4
                  selector: { matchLabels: { app: many } }
                  template:
                    metadata: { labels: { app: many } }
                    spec: { terminationGracePeriodSeconds: 1, containers: [
                      { name: app, image: 'docker.io/library/busybox:1', imagePullPolicy: IfNotPresent,
                        command: [sleep, 1d], resources: { limits: { memory: 30Mi } } } ] }

                """),
        PodScenario(
            "job", "job/job/fails", "JobFailed", "BackoffLimitExceeded",
            yaml: """
                apiVersion: batch/v1
                kind: Job
                metadata: { name: fails, namespace: job }
                spec:
                  backoffLimit: 0
                  template: { spec: { restartPolicy: Never, containers: [
                    { name: app, image: 'docker.io/library/busybox:1', imagePullPolicy: IfNotPresent,
                      command: ['false'] } ] } }

                """),
        PodScenario(
            "claim", "persistentvolumeclaim/claim/fast", "WarningEvent", "\"fast\" not found",
            yaml: """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: { name: fast, namespace: claim }
                spec:
                  storageClassName: fast
                  accessModes: [ReadWriteOnce]
                  resources: { requests: { storage: 1Gi } }

                """),
    ]
}
