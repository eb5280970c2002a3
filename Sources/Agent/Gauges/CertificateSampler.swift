import Findings
import Host
import Platform

/// Certificate files of the control plane and the kubelet that will soon have ended.
struct CertificateSampler: Sampler {
    let id = "certificates"
    let checks = ["CertExpiring", "NodeApiServerExpiredPeriod"]
    let periodSeconds = 3600.0
    private static let filesMax = 200
    private let patterns: [String]

    /// - Parameter patterns: absolute paths; `*` stands for any part of one name, `**` for any folders.
    init(patterns: [String]) { self.patterns = patterns }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        if patterns.isEmpty { return unobserved(.sourceMissing, "no host profile names certificate files here") }
        var unread: SystemError?
        let found = patterns.flatMap { Self.expand($0, context.host, &unread) }
        let files = Array(Set(found).sorted().prefix(Self.filesMax))
        var server: [Detection] = []
        var others: [Detection] = []
        var problems: [String] = []
        var read = 0
        for path in files {
            do {
                let bytes = try Files.read(context.host.path(path))
                let isKubeconfig = path.hasSuffix(".conf") || path.hasSuffix("kubeconfig")
                let all =
                    isKubeconfig
                    ? try CertificateFile.validitiesOfKubeconfig(String(decoding: bytes, as: UTF8.self))
                    : try CertificateFile.validities(bytes)
                read += 1
                guard let first = all.min(by: { $0.notAfter < $1.notAfter }) else { continue }
                let isServer = path.hasSuffix("/apiserver.crt") || path.hasSuffix("/serving-kube-apiserver.crt")
                guard let detection = detection(path, first, context, isServer: isServer) else { continue }
                if isServer { server.append(detection) } else { others.append(detection) }
            } catch {
                problems.append("\(path): \((error as? CertificateFile.Malformed)?.message ?? "\(error)")")
            }
        }
        guard read > 0 else {
            if problems.isEmpty, let unread { return unobserved(unread) }
            return unobserved(
                problems.isEmpty ? .sourceMissing : .malformed,
                problems.first ?? "none of the certificate files of this host's profile exists")
        }
        let hasServer = files.contains { $0.hasSuffix("apiserver.crt") }
        return [
            SampleOutcome(check: "CertExpiring", result: .observed(others), evidence: problems.joined(separator: "; ")),
            hasServer
                ? SampleOutcome(check: "NodeApiServerExpiredPeriod", result: .observed(server))
                : SampleOutcome(
                    check: "NodeApiServerExpiredPeriod",
                    result: .unobserved(.sourceMissing, "no API server certificate on this node")),
        ]
    }

    private func detection(
        _ path: String, _ validity: CertificateValidity, _ context: SampleContext, isServer: Bool
    ) -> Detection? {
        let limits = context.thresholds
        guard
            let severity = validity.severity(
                at: context.now, warningDays: limits.certificateDays, dangerDays: limits.certificateDangerDays,
                isLongLived: isServer)
        else { return nil }
        return context.detection(
            isServer ? "NodeApiServerExpiredPeriod" : "CertExpiring", id, severity, subject: path,
            validity.text(path, at: context.now), deadline: validity.notAfter)
    }

    /// - Parameter problem: the first folder that is there but cannot be read.
    static func expand(_ pattern: String, _ host: HostRoot, _ problem: inout SystemError?) -> [String] {
        var found = [""]
        for part in pattern.split(separator: "/") {
            var next: [String] = []
            for folder in found {
                if part == "**" {
                    next += [folder] + folders(folder, host, depth: 4, &problem)
                } else if !part.contains("*") {
                    if Files.exists(host.path("\(folder)/\(part)")) {
                        next.append("\(folder)/\(part)")
                    } else {
                        // A folder that may not be looked into hides what is in it.
                        _ = names(folder.isEmpty ? "/" : folder, host, &problem)
                    }
                } else {
                    let pieces = part.split(separator: "*", omittingEmptySubsequences: false)
                    next += (names(folder.isEmpty ? "/" : folder, host, &problem) ?? []).filter { name in
                        name.hasPrefix(pieces.first ?? "") && name.hasSuffix(pieces.last ?? "")
                            && name.utf8.count >= part.utf8.count - 1
                    }.map { "\(folder)/\($0)" }
                }
            }
            found = next
        }
        return found
    }

    /// - Returns: nil for what is not a folder, or not readable.
    private static func names(_ folder: String, _ host: HostRoot, _ problem: inout SystemError?) -> [String]? {
        do throws(SystemError) { return try Files.names(in: host.path(folder)) } catch {
            if !error.isMissing { problem = problem ?? error }
            return nil
        }
    }

    private static func folders(
        _ folder: String, _ host: HostRoot, depth: Int, _ problem: inout SystemError?
    ) -> [String] {
        guard depth > 0 else { return [] }
        var found: [String] = []
        for name in names(folder, host, &problem) ?? [] {
            let path = "\(folder)/\(name)"
            if names(path, host, &problem) == nil { continue }
            found += [path] + folders(path, host, depth: depth - 1, &problem)
        }
        return found
    }
}
