import AgentCommands

@main
enum AgentMain {
    static func main() async {
        // While there is one thread.
        AgentTool.isolate()
        await AgentTool.run()
    }
}
