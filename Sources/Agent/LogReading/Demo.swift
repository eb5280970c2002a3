/// Lines that `make run DEMO=1` writes hold this word.
enum Demo {
    static let marker = "kubeeye-demo"
}
