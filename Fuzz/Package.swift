// swift-tools-version: 6.2
import PackageDescription

// libFuzzer over every parser of foreign bytes. Apart from the root, so that this stays light; `make fuzz` builds and
// runs it.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "kubeeye", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                .product(name: "KubeEyeShared", package: "kubeeye"), .product(name: "KubeEyeAggregator", package: "kubeeye"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-use-ld=lld"]), .linkedLibrary("stdc++")])
    ]
)
