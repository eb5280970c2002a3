import CLI

@main
enum AggregatorMain {
    static func main() async {
        await AggregatorTool.run()
    }
}
