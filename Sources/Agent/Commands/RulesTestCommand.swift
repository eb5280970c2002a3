import AgentRules
import AgentRuntime
import ArgumentParser
import Host
import Platform
import RuleCommands
import RuleEngine

extension RulesCommand {
    /// `ke-agent rules test`: what the rules would have found.
    struct TestCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Run rules over the journal, a log file or standard input, and count their findings.")

        @OptionGroup var options: RulesTestOptions

        func run() throws {
            guard options.journal, options.explain == nil else { return try options.runWithoutJournal() }
            let (set, wanted, isBroken) = options.ruleSet()
            let host = HostRoot()
            // Another machine's journal says itself when that machine booted.
            let trial = RuleTrial(
                set, wanted: wanted, bootTime: options.journalDir == nil ? try host.bootTime() : nil,
                seconds: RulesTestOptions.clock)
            var configuration = AgentConfiguration()
            configuration.journalDir = options.journalDir
            if options.journalDir != nil { configuration.kernelLog = .journal }
            let scan = TrialScan(configuration: configuration, host: host, clock: SystemClock())
            let problems = try scan.run(trial, sinceSeconds: try options.sinceSeconds(), mayGoOn: { true })
            for problem in problems { print(problem) }
            print(RulesTestOptions.report(trial, wanted: wanted, hasTimes: true))
            if isBroken || !problems.isEmpty { throw ExitCode(1) }
        }
    }
}
