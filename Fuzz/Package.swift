// swift-tools-version: 6.2
import PackageDescription

// libFuzzer over every parser of foreign bytes, which `KubeEyeFuzzing` lists. A package of its own, because its linker
// settings must not reach the programs; `make fuzz` builds and runs it.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "kubeeye", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [.product(name: "KubeEyeFuzzing", package: "kubeeye")],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-use-ld=lld"]), .linkedLibrary("stdc++")])
    ]
)
