// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because nothing else needs Hyperscan.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "kubeeye", path: "..")],
    targets: [
        .target(
            name: "Comparators", cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("re2"), .linkedLibrary("hs")]),
        .executableTarget(
            name: "MatcherBench",
            dependencies: ["Comparators", .product(name: "KubeEyeMatching", package: "kubeeye")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ],
    cxxLanguageStandard: .cxx17
)
