import CheckModel
import Checks
import Crypto
import Findings
import Foundation
import HTTP
import KubernetesAPI
import Platform
import Report

/// Where messages go, and in which form.
package struct NotificationSink: Sendable, Equatable {
    enum Kind: String, CaseIterable, Sendable {
        /// Alertmanager's API v2.
        case alertmanager
        /// JSON of ours.
        case webhook
        case slack, dingtalk, wecom, feishu
    }

    /// Links of an incident's proof that a message has room for.
    private static let linksMax = 3

    package var name: String
    var kind: Kind
    var url: String
    /// The address may be a secret: it is read from a file.
    var urlFile: String?
    /// Signs messages of DingTalk and Feishu.
    var secret: String?
    var secretFile: String?
    var leastSeverity = Severity.danger
    var language = Language.en

    /// Alertmanager resolves an alert that is not sent again (`resolve_timeout`, five minutes by default).
    var repeatsSeconds: Double? { kind == .alertmanager ? 60 : nil }

    /// What happened to an incident.
    enum Change: String, Sendable { case open, worse, resolved, holds }

    struct Message: Sendable, Equatable {
        var change: Change
        var incident: Report.Incident
        var cluster: String
        var at: Timestamp
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// - Throws: `Failure` when the sink did not accept it.
    func send(_ message: Message, http: HTTPClient, now: Timestamp) async throws {
        var request = HTTPRequest(url: try address(now))
        request.method = "POST"
        request.timeoutSeconds = 15
        request.headers = [("Content-Type", "application/json"), ("User-Agent", HTTPClient.userAgent)]
        request.body = try body(message, now)
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch {
            // Never the address: it may hold a token.
            throw Failure(description: "\(name): \(error.code)")
        }
        guard (200..<300).contains(response.status) else {
            throw Failure(
                description:
                    "\(name): HTTP \(response.status) \(TextSafety.printable(String(decoding: response.body.prefix(200), as: UTF8.self)))"
            )
        }
        if let problem = Self.problem(kind, response.body) { throw Failure(description: "\(name): \(problem)") }
    }

    /// The Chinese chats answer 200 also when they refuse; their code says so.
    static func problem(_ kind: Kind, _ body: [UInt8]) -> String? {
        struct Answer: Decodable {
            var errcode: Int?
            var errmsg: String?
            var code: Int?
            var msg: String?
        }
        guard [.dingtalk, .wecom, .feishu].contains(kind) else { return nil }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else {
            return "the response could not be parsed"
        }
        let code = (kind == .feishu ? answer.code : answer.errcode) ?? 0
        return code == 0 ? nil : "code \(code): \(TextSafety.printable(answer.errmsg ?? answer.msg ?? ""))"
    }

    private static func fileText(_ path: String) throws -> String {
        do throws(SystemError) { return try Files.text(path).filter { !$0.isWhitespace } } catch {
            throw Failure(description: error.description)
        }
    }

    private func key() throws -> String? { try secretFile.map(Self.fileText) ?? secret }

    /// DingTalk signs in the address: HMAC-SHA256 with the secret over milliseconds, line break, secret
    /// (open.dingtalk.com, "Customize robot security settings").
    func address(_ now: Timestamp) throws -> String {
        var address = try urlFile.map(Self.fileText) ?? url
        if kind == .alertmanager {
            return address.hasSuffix("/") ? address + "api/v2/alerts" : address + "/api/v2/alerts"
        }
        guard kind == .dingtalk, let key = try key() else { return address }
        let time = now.microseconds / 1000
        let sign = Self.mac("\(time)\n\(key)", key: key)
        address += (address.contains("?") ? "&" : "?") + "timestamp=\(time)&sign=\(sign.urlEscaped)"
        return address
    }

    private static func mac(_ text: String, key: String) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(key.utf8))))
            .base64EncodedString()
    }

    // MARK: Texts

    func title(_ message: Message) -> String {
        let incident = message.incident
        let word =
            switch (message.change, language) {
            case (.resolved, .en): "Resolved"
            case (.resolved, .zh): "已恢复"
            case (.worse, .en): "Worse, \(incident.severity.title)"
            case (.worse, .zh): "加重 \(incident.severity.title)"
            case (_, _): incident.severity.title
            }
        return "[\(word)] \(incident.object): \(incident.cause)"
    }

    func text(_ message: Message) -> String {
        let incident = message.incident
        var lines = [TextSafety.printable(incident.summary)]
        if !incident.lost.isEmpty {
            let lost = incident.lost.prefix(5).joined(separator: ", ") + (incident.lost.count > 5 ? ", …" : "")
            lines.append(language == .zh ? "已无副本：\(lost)" : "no replica left: \(lost)")
        }
        if message.change != .resolved, let proof = incident.proof {
            lines += proof.lines(language, linksMax: Self.linksMax, time: \.description)
        }
        if message.change != .resolved {
            // Incidents are in English; the sink's language may be another.
            let general = Catalogue.builtIn[incident.cause]?.remedySample(language) ?? ""
            let remedy = language == .zh ? general : incident.action?.remedy ?? general
            if !remedy.isEmpty {
                lines.append((language == .zh ? "处理：" : "What to do: ") + TextSafety.printable(remedy))
            }
            if let action = incident.action {
                lines += (action.commands.prefix(1) + ["ke why \(action.why)"]).map(TextSafety.printable)
            }
        }
        let since = language == .zh ? "自 \(incident.since)" : "since \(incident.since)"
        lines.append("\(since)  \(message.cluster)")
        return lines.joined(separator: "\n")
    }

    func body(_ message: Message, _ now: Timestamp) throws -> [UInt8] {
        let (title, text) = (title(message), text(message))
        let object: Any
        switch kind {
        case .webhook:
            let incident = message.incident
            object = [
                "version": "1", "status": message.change.rawValue, "cluster": message.cluster,
                "at": message.at.utcRFC3339, "title": title, "text": text,
                "incident": [
                    "id": incident.id, "severity": incident.severity.rawValue, "since": incident.since.description,
                    "object": incident.object, "cause": incident.cause, "summary": incident.summary,
                    "nodes": incident.nodes, "pods": incident.pods, "lost": incident.lost, "common": incident.common,
                    "findings": incident.findings,
                ] as [String: Any],
            ]
        case .alertmanager:
            let incident = message.incident
            var alert: [String: Any] = [
                "labels": [
                    "alertname": incident.cause, "severity": incident.severity.rawValue, "cluster": message.cluster,
                    "incident": incident.id,
                ],
                "annotations": ["summary": title, "description": text, "object": incident.object],
                "startsAt": incident.since.description,
            ]
            if message.change == .resolved { alert["endsAt"] = message.at.utcRFC3339 }
            object = [alert]
        case .slack: object = ["text": "*\(Self.slackEscaped(title))*\n\(Self.slackEscaped(text))"]
        case .dingtalk:
            object = ["msgtype": "markdown", "markdown": ["title": title, "text": Self.markdown(title, text)]]
        case .wecom:
            object = [
                "msgtype": "markdown",
                "markdown": ["content": TextSafety.cut(Self.markdown(title, text), bytesMax: 4000)],
            ]
        case .feishu:
            var message: [String: Any] = ["msg_type": "text", "content": ["text": "\(title)\n\(text)"]]
            // Feishu: the key is seconds, line break, secret, and the text is empty (open.feishu.cn, custom bots).
            if let key = try key() {
                let time = String(now.microseconds / 1_000_000)
                message["timestamp"] = time
                message["sign"] = Self.mac("", key: "\(time)\n\(key)")
            }
            object = message
        }
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys) else {
            throw Failure(description: "\(name): the message cannot be written as JSON")
        }
        return [UInt8](data)
    }

    /// `&`, `<` and `>` are Slack's own (docs.slack.dev, "Formatting message text").
    private static func slackEscaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func markdown(_ title: String, _ text: String) -> String {
        "**\(title)**\n\n" + text.replacing("\n", with: "\n\n")
    }
}
