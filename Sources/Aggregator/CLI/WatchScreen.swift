import AggregatorClient
import ArgumentParser
import Dispatch
import Evaluation
import Foundation
import Platform
import Report
import Synchronization

/// `report -w` on a terminal: draws what changed, and does what keys ask for.
struct WatchScreen {
    private enum Event: Sendable {
        case keys([KeyDecoder.Key])
        case report(ReportContent, status: Int32)
        case timeline(String)
        /// A line at the end of the screen.
        case said(String)
        case resized, ended
    }

    private typealias Events = AsyncStream<Event>.Continuation

    /// Incidents that are fetched; a screen shows few.
    private static let incidentsMax = 500
    /// Events that wait; of more the oldest are dropped, for a newer report says the same better.
    private static let eventsMax = 64
    private static let keyBytesMax = 64
    private static let pollMilliseconds: Int32 = 100

    let command: ReportCommand
    let request: ReportCommand.Request
    let environment: [String: String]

    /// - Returns: the exit status of the last report; 1 when none could be made.
    func run() async -> Int32 {
        let (events, source) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.eventsMax))
        let isOver = OneWayFlag()
        var terminal = RawTerminal()
        terminal.enter()
        Self.write(ScreenPainter.enter)
        let signals = Self.signals { source.yield(.ended) }
        let reading = Task { await read(source) }
        // Also where there are no keys: it sees when the terminal has another size.
        let hasKeys = terminal.hasKeys
        NativeThread.start { Self.readKeys(source, isOver, hasKeys, environment) }
        let status = await draw(events, source)
        isOver.set()
        reading.cancel()
        signals.forEach { $0.cancel() }
        source.finish()
        Self.write(ScreenPainter.leave)
        terminal.leave()
        return status
    }

    private func draw(_ events: AsyncStream<Event>, _ source: Events) async -> Int32 {
        var view = WatchView(request.asked.layout), painter = ScreenPainter(), status: Int32 = 1
        func paint() {
            let columns = Terminal.columns(environment), rows = Terminal.rows(environment)
            Self.write(painter.paint(view.lines(columns: columns, rows: rows), columns: columns, rows: rows))
        }
        paint()
        for await event in events {
            switch event {
            case .ended: return status
            case .resized: break
            case .said(let text): view.say(text)
            case .timeline(let text): view.open(text, columns: Terminal.columns(environment))
            case .report(let content, let own):
                status = own
                view.show(content)
            case .keys(let keys):
                for key in keys {
                    switch view.press(key, rows: Terminal.rows(environment)) {
                    case .quit: return status
                    case .why(let object):
                        view.say(view.words.reading)
                        Task { source.yield(await why(object)) }
                    case .silence(let incident, let reason):
                        let words = view.words
                        Task { source.yield(.said(await silence(incident, reason, words))) }
                    case nil: break
                    }
                }
            }
            paint()
        }
        return status
    }

    // MARK: What comes

    private func read(_ source: Events) async {
        while !Task.isCancelled {
            var isDirect = false
            do {
                let obtained = try await command.obtain(request.asked.options, environment, context: nil) { client in
                    try await client.overview(request.asked, first: Self.incidentsMax)
                }
                switch obtained {
                case .aggregator(let (report, status)): source.yield(.report(ReportContent(report), status: status))
                case .api(let content):
                    isDirect = true
                    source.yield(.report(content, status: content.exitStatus(failOn: request.asked.failOn)))
                }
            } catch {
                source.yield(.said(Self.text(error)))
            }
            let seconds = isDirect ? ReportCommand.watchDirectSeconds : ReportCommand.watchSeconds
            do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        }
    }

    /// On a thread of its own.
    private static func readKeys(
        _ source: Events, _ isOver: OneWayFlag, _ hasKeys: Bool, _ environment: [String: String]
    ) {
        var decoder = KeyDecoder()
        var size = (Terminal.columns(environment), Terminal.rows(environment))
        while !isOver.isSet {
            var bytes: [UInt8] = []
            if hasKeys {
                // The terminal is gone.
                guard let read = RawTerminal.read(milliseconds: pollMilliseconds, bytesMax: keyBytesMax) else {
                    source.yield(.ended)
                    return
                }
                bytes = read
            } else {
                poll(nil, 0, pollMilliseconds)
            }
            let keys = decoder.decode(bytes)
            if !keys.isEmpty { source.yield(.keys(keys)) }
            let now = (Terminal.columns(environment), Terminal.rows(environment))
            if now != size {
                size = now
                source.yield(.resized)
            }
        }
    }

    private static func signals(_ end: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGHUP, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: end)
            source.resume()
            return source
        }
    }

    // MARK: What keys ask for

    private func why(_ object: String) async -> Event {
        do {
            // As it is printed: `deploy/web -n shop`.
            var why = try WhyCommand.parse(ShellWord.split(object))
            let namespace = why.connection.namespace
            why.connection = command.connection
            why.connection.namespace = namespace ?? command.connection.namespace
            why.aggregator = command.aggregator
            why.lang = command.checks.lang
            return .timeline(try await why.text(showsProgress: false))
        } catch {
            return .said(Self.text(error))
        }
    }

    private func silence(_ incident: Report.Incident, _ reason: String, _ words: WatchWords) async -> String {
        let parts = incident.object.split(separator: "/").map(String.init)
        guard parts.count >= 2, let name = parts.last else { return words.notOneObject(incident.cause) }
        do {
            let place = parts[0] == "node" ? "--node" : "--name"
            var silence = try SilenceCommand.parse([incident.cause, place, name, "--for", "4h", "--reason", reason])
            silence.target.connection = command.connection
            silence.target.connection.namespace = parts.count == 3 ? parts[1] : nil
            return try await silence.write()
        } catch {
            return Self.text(error)
        }
    }

    private static func text(_ error: any Error) -> String {
        TextSafety.printable((error as? any LocalizedError)?.errorDescription ?? "\(error)")
    }

    private static func write(_ text: String) {
        if text.isEmpty { return }
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}

/// Set once, by whoever ends something.
private final class OneWayFlag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
