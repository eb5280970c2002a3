import KubernetesAPI

/// The fields of a pod spec and their types, as the API server reads and writes them
/// (kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1, up to 1.36).
///
/// An audit of files must see what the server would return: unknown fields gone, zero values of optional fields
/// gone, quantities in their canonical spelling.
final class PodSpecType: Sendable {
    enum Field: Sendable {
        /// Text; empty is not there.
        case text
        /// Text that is there even when it is empty: names, and optional pointers.
        case keptText
        /// A whole number; 0 is not there.
        case integer
        /// A whole number that may be 0: pointers, and `containerPort`.
        case keptInteger
        /// false is not there.
        case flag
        /// A pointer: false stays.
        case keptFlag
        case texts
        case textMap
        case quantityMap
        case object(PodSpecType)
        /// There even when nothing is in it.
        case keptObject(PodSpecType)
        case objects(PodSpecType)
        /// Not looked into; nulls are gone.
        case anything
    }

    let fields: [(key: JSONKey, field: Field)]

    init(_ fields: [(JSONKey, Field)]) { self.fields = fields.map { (key: $0.0, field: $0.1) } }

    private static let keys = JSONKeyStore()

    private static func all(_ names: String, _ field: Field) -> [(JSONKey, Field)] {
        names.split(separator: " ").map { (keys.key($0), field) }
    }

    private static let seLinux = PodSpecType(all("user role type level", .text))
    private static let profile = PodSpecType(all("type localhostProfile", .keptText))
    private static let windows = PodSpecType(
        all("gmsaCredentialSpecName gmsaCredentialSpec runAsUserName", .keptText) + [("hostProcess", .keptFlag)])
    private static let capabilities = PodSpecType(all("add drop", .texts))

    private static let containerSecurity = PodSpecType(
        [
            ("capabilities", .object(capabilities)), ("seLinuxOptions", .object(seLinux)),
            ("windowsOptions", .object(windows)), ("seccompProfile", .object(profile)),
            ("appArmorProfile", .object(profile)), ("procMount", .keptText),
        ] + all("privileged runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation", .keptFlag)
            + all("runAsUser runAsGroup", .keptInteger))

    private static let podSecurity = PodSpecType(
        [
            ("seLinuxOptions", .object(seLinux)), ("windowsOptions", .object(windows)),
            ("seccompProfile", .object(profile)), ("appArmorProfile", .object(profile)), ("runAsNonRoot", .keptFlag),
        ] + all("runAsUser runAsGroup fsGroup", .keptInteger) + all("supplementalGroups sysctls", .anything)
            + all("supplementalGroupsPolicy fsGroupChangePolicy seLinuxChangePolicy", .keptText))

    private static let port = PodSpecType(
        all("name protocol hostIP", .text) + [("hostPort", .integer), ("containerPort", .keptInteger)])
    private static let variable = PodSpecType([("name", .keptText), ("value", .text), ("valueFrom", .anything)])
    private static let resources = PodSpecType(all("limits requests", .quantityMap) + [("claims", .anything)])
    private static let mount = PodSpecType(
        all("name mountPath", .keptText) + all("subPath subPathExpr", .text)
            + all("mountPropagation recursiveReadOnly", .keptText) + [("readOnly", .flag)])

    static let container = PodSpecType(
        [
            ("name", .keptText), ("resources", .keptObject(resources)), ("ports", .objects(port)),
            ("env", .objects(variable)), ("volumeMounts", .objects(mount)),
            ("securityContext", .object(containerSecurity)), ("restartPolicy", .keptText),
        ]
            + all(
                "image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy targetContainerName",
                .text)
            + all("command args", .texts) + all("stdin stdinOnce tty", .flag)
            + all("envFrom resizePolicy volumeDevices livenessProbe readinessProbe startupProbe lifecycle", .anything))

    private static let volume = PodSpecType(
        [("name", .keptText), ("hostPath", .object(PodSpecType(all("path type", .keptText))))]
            + all(
                "emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image",
                .anything))

    static let podSpec = PodSpecType(
        [
            ("containers", .objects(container)), ("initContainers", .objects(container)),
            ("ephemeralContainers", .objects(container)), ("volumes", .objects(volume)),
            ("securityContext", .object(podSecurity)), ("nodeSelector", .textMap), ("overhead", .quantityMap),
        ] + all("hostNetwork hostPID hostIPC", .flag)
            + all(
                "automountServiceAccountToken shareProcessNamespace enableServiceLinks setHostnameAsFQDN hostUsers",
                .keptFlag)
            + all("terminationGracePeriodSeconds activeDeadlineSeconds priority", .keptInteger)
            + all(
                "restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain schedulerName priorityClassName",
                .text)
            + all("runtimeClassName preemptionPolicy hostnameOverride", .keptText)
            + all(
                "imagePullSecrets affinity tolerations hostAliases dnsConfig readinessGates topologySpreadConstraints os schedulingGates resourceClaims resources",
                .anything))
}

/// Writes a pod spec as the API server would serialise it.
struct PodSpecNormaliser {
    /// A value of a wrong type, and where.
    struct Problem: Equatable {
        var path: [PathStep]
        var message: String
    }

    static let problemsMax = 16

    private var out = JSONText()
    private var path: [PathStep]
    private(set) var problems: [Problem] = []

    /// - Parameter path: where the pod spec lies in its object.
    static func normalised(_ podSpec: JSONView, at path: [PathStep]) -> (json: [UInt8], problems: [Problem]) {
        var run = PodSpecNormaliser(path: path)
        run.object(podSpec, .podSpec)
        return (run.out.bytes, run.problems)
    }

    private init(path: [PathStep]) { self.path = path }

    private mutating func wrong(_ value: JSONView, _ wanted: String) {
        guard problems.count < Self.problemsMax else { return }
        problems.append(Problem(path: path, message: "\(Self.name(value)) where \(wanted) is expected"))
    }

    static func name(_ value: JSONView) -> String {
        switch value.kind {
        case .object: "a mapping"
        case .array: "a list"
        case .string: "text"
        case .integer, .double: "a number"
        case .bool: "true or false"
        case .null: "nothing"
        }
    }

    private mutating func object(_ value: JSONView, _ type: PodSpecType) {
        out.raw("{")
        var isFirst = true
        for (key, field) in type.fields {
            let member = value[key]
            if let member, !member.isNull {
                path.append(.key(key.text))
                defer { path.removeLast() }
                guard isKept(member, field) else { continue }
                if !isFirst { out.raw(",") }
                isFirst = false
                out.string(key.text)
                out.raw(":")
                write(member, field)
            } else if case .keptObject = field {
                if !isFirst { out.raw(",") }
                isFirst = false
                out.string(key.text)
                out.raw(":{}")
            }
        }
        out.raw("}")
    }

    /// Whether the server would write it: right type, and no zero value of an optional field.
    private mutating func isKept(_ value: JSONView, _ field: PodSpecType.Field) -> Bool {
        switch field {
        case .text, .keptText:
            guard value.kind == .string else {
                wrong(value, "text")
                return false
            }
            if case .keptText = field { return true }
            return value.scalarCount != 0
        case .integer, .keptInteger:
            guard let number = value.integer else {
                wrong(value, "a whole number")
                return false
            }
            if case .keptInteger = field { return true }
            return number != 0
        case .flag, .keptFlag:
            guard let flag = value.bool else {
                wrong(value, "true or false")
                return false
            }
            if case .keptFlag = field { return true }
            return flag
        case .texts:
            guard value.kind == .array else {
                wrong(value, "a list of texts")
                return false
            }
            return value.count > 0
        case .objects:
            guard value.kind == .array else {
                wrong(value, "a list of mappings")
                return false
            }
            return value.count > 0
        case .textMap, .quantityMap:
            guard value.kind == .object else {
                wrong(value, "a mapping")
                return false
            }
            return value.count > 0
        case .object, .keptObject:
            guard value.kind == .object else {
                wrong(value, "a mapping")
                return false
            }
            return true
        case .anything: return value.kind != .array || value.count > 0
        }
    }

    private mutating func write(_ value: JSONView, _ field: PodSpecType.Field) {
        switch field {
        case .object(let type), .keptObject(let type): object(value, type)
        case .objects(let type):
            out.raw("[")
            var isFirst = true
            for (index, element) in value.elements.enumerated() {
                path.append(.index(index))
                defer { path.removeLast() }
                // A null in a list is an empty object to the server.
                if element.kind != .object, !element.isNull { wrong(element, "a mapping") }
                if !isFirst { out.raw(",") }
                isFirst = false
                object(element, type)
            }
            out.raw("]")
        case .texts:
            out.raw("[")
            var isFirst = true
            for (index, element) in value.elements.enumerated() {
                path.append(.index(index))
                defer { path.removeLast() }
                if element.kind != .string { wrong(element, "text") }
                if !isFirst { out.raw(",") }
                isFirst = false
                out.string(element.string ?? "")
            }
            out.raw("]")
        case .quantityMap, .textMap: map(value, field)
        case .anything: out.withoutNulls(value)
        default: out.value(value)
        }
    }

    private mutating func map(_ value: JSONView, _ field: PodSpecType.Field) {
        out.raw("{")
        var isFirst = true
        for (key, member) in value.members {
            let name = key.string ?? ""
            path.append(.key(name))
            defer { path.removeLast() }
            var text: String?
            if case .quantityMap = field {
                text = member.double.map { Quantity($0).canonical } ?? member.string.flatMap { Quantity($0)?.canonical }
                if text == nil { wrong(member, "a quantity") }
            } else {
                text = member.string
                if text == nil { wrong(member, "text") }
            }
            guard let text else { continue }
            if !isFirst { out.raw(",") }
            isFirst = false
            out.string(name)
            out.raw(":")
            out.string(text)
        }
        out.raw("}")
    }
}
