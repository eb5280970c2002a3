import Aggregator
import ArgumentParser

@main
enum AggregatorMain {
    static func main() async {
        await AggregatorTool.main()
    }
}
