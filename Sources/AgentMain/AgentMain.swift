import AgentCommands
import ArgumentParser

@main
enum AgentMain {
    static func main() async {
        // While there is one thread.
        AgentTool.isolate()
        await AgentTool.main()
    }
}
