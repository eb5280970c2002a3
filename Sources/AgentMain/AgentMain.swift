import AgentCommands
import ArgumentParser

@main
enum AgentMain {
    static func main() async {
        await AgentTool.main()
    }
}
