// swift-tools-version: 6.2
import PackageDescription

// The house: each room is a target, and sees what its line names and nothing else. Read from left to right:
//
//   Platform → {Regex, YAML, HTTP} → Commands → Documents → Findings → Wire → RuleEngine → RuleCommands
//     → Systemd, Host, Gzip → LogSources, AgentState → {Gauges, LogReading} → Delivery → {AgentRules, Plugins} → the
//     agent → KubernetesAPI → {ClusterIndex, CheckModel} → {Practice, Checks} → Evaluation → Report → ClusterObjects,
//     {Store, AggregatorMetrics, Responses} → Auth → Watch → Export → Web → AggregatorRuntime → AggregatorClient,
//     Install → CLI → the aggregator
//
// docs/ARCHITECTURE.md says what each is for; `PackageTests` compares both.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ path: String, sees dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(path)", swiftSettings: strict)
}

// The toolchain's own linker: less than half the time of gold, which is most of what a small change costs.
let fastLinker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

func tests(_ name: String, of targets: [String], and dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name, dependencies: targets.map { .byName(name: $0) } + ["TestSupport"] + dependencies,
        swiftSettings: strict, linkerSettings: fastLinker)
}

let commands = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let compression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let httpCodec = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

// Module maps and shims: no logic.
let overlays: [Target] = [
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CSimdJSON", cxxSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CRE2", cxxSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("re2")]),
    // rules/ and deploy/base, built in; scripts/embed writes its list.
    .target(name: "CEmbedded", cSettings: [.unsafeFlags(["-std=c23"])]),
]

// What both programs share.
let shared: [Target] = [
    room("Platform", "Shared/Platform", sees: ["CEmbedded"]),
    room("Regex", "Shared/Regex", sees: ["CRE2", "Platform"]),
    room("YAML", "Shared/YAML", sees: ["CYAML", "Platform"]),
    room("HTTP", "Shared/HTTP", sees: ["CCurl", "Platform"]),
    room("Documents", "Shared/Documents", sees: ["Platform", "Regex", "YAML"]),
    room("Commands", "Shared/Commands", sees: ["Platform", "YAML", commands]),
    room("Findings", "Shared/Findings", sees: ["Platform", "Regex", "YAML", "Documents"]),
    room("Wire", "Shared/Wire", sees: ["Platform", "Findings"]),
    room("RuleEngine", "Shared/RuleEngine", sees: ["Platform", "Regex", "YAML", "Documents", "Findings", "Wire"]),
    room(
        "RuleCommands", "Shared/RuleCommands",
        sees: ["Platform", "Commands", "Findings", "Wire", "RuleEngine", commands]),
]

// On a node. No Foundation (FoundationEssentials alone), NIO or GRDB.
let agent: [Target] = [
    room("Systemd", "Agent/Systemd", sees: ["CSystemd", "Platform"]),
    room("Host", "Agent/Host", sees: ["CLinux", "Platform", "YAML", "Findings", "RuleEngine"]),
    room("Gzip", "Agent/Gzip", sees: ["CZlib"]),
    room(
        "LogSources", "Agent/LogSources",
        sees: ["Platform", "Regex", "Findings", "RuleEngine", "Systemd", "Host", "Gzip"]),
    room(
        "AgentState", "Agent/State",
        sees: ["Platform", "Findings", "Wire", "RuleEngine", "Host", logging, lifecycle]),
    room(
        "Gauges", "Agent/Gauges",
        sees: ["Platform", "Regex", "HTTP", "Findings", "RuleEngine", "Systemd", "Host", "AgentState", lifecycle]),
    room(
        "LogReading", "Agent/LogReading",
        sees: [
            "Platform", "Regex", "Findings", "RuleEngine", "Systemd", "Host", "LogSources", "AgentState", logging,
            lifecycle,
        ]),
    room(
        "Delivery", "Agent/Delivery",
        sees: [
            "Platform", "HTTP", "Findings", "Wire", "RuleEngine", "Host", "LogSources", "AgentState", "LogReading",
            logging, lifecycle,
        ]),
    room(
        "AgentRules", "Agent/Rules",
        sees: [
            "Platform", "Documents", "Findings", "Wire", "RuleEngine", "RuleCommands", "Host", "LogSources",
            "AgentState", "LogReading", "Delivery", logging, lifecycle,
        ]),
    room(
        "Plugins", "Agent/Plugins",
        sees: ["Platform", "Findings", "RuleEngine", "AgentState", "LogReading", lifecycle]),
    room(
        "AgentRuntime", "Agent/Runtime",
        sees: [
            "Platform", "HTTP", "Findings", "Wire", "RuleEngine", "Host", "LogSources", "AgentState", "Gauges",
            "LogReading", "Delivery", "AgentRules", "Plugins", logging, lifecycle,
        ]),
    room(
        "AgentCommands", "Agent/Commands",
        sees: [
            "Platform", "Commands", "Findings", "RuleEngine", "RuleCommands", "Host", "LogSources", "AgentState",
            "Gauges",
            "LogReading", "AgentRules", "AgentRuntime", commands, logging, lifecycle, signals,
        ]),
]

// In the cluster, or on a laptop.
let aggregator: [Target] = [
    room(
        "KubernetesAPI", "Aggregator/KubernetesAPI",
        sees: ["CSimdJSON", "Platform", "Regex", "YAML", "HTTP", "Findings", x509, crypto, asn1]),
    room("ClusterIndex", "Aggregator/ClusterIndex", sees: ["Platform", "Findings", "KubernetesAPI"]),
    room("CheckModel", "Aggregator/CheckModel", sees: ["Platform", "YAML", "Findings", "Wire", "KubernetesAPI"]),
    room(
        "Practice", "Aggregator/Practice",
        sees: ["Platform", "Regex", "YAML", "Documents", "Findings", "KubernetesAPI", "CheckModel"]),
    room(
        "Checks", "Aggregator/Checks",
        sees: ["Platform", "Regex", "Findings", "Wire", "KubernetesAPI", "ClusterIndex", "CheckModel"]),
    room(
        "Evaluation", "Aggregator/Evaluation",
        sees: [
            "Platform", "Regex", "YAML", "Documents", "Findings", "Wire", "KubernetesAPI", "ClusterIndex",
            "CheckModel", "Practice", "Checks",
        ]),
    room(
        "Report", "Aggregator/Report",
        sees: [
            "Platform", "YAML", "Findings", "Wire", "RuleEngine", "KubernetesAPI", "ClusterIndex", "CheckModel",
            "Practice", "Checks", "Evaluation",
        ]),
    room(
        "ClusterObjects", "Aggregator/ClusterObjects",
        sees: ["Platform", "KubernetesAPI", "CheckModel", "Practice"]),
    room("Store", "Aggregator/Server/Store", sees: ["Platform", "Findings", "Wire", grdb]),
    room(
        "AggregatorMetrics", "Aggregator/Server/Metrics",
        sees: ["Platform", "Findings", "Wire", "RuleEngine", "Practice", "Evaluation", "Report"]),
    room("Responses", "Aggregator/Server/Responses", sees: [hummingbird, httpTypes, nio]),
    room(
        "Auth", "Aggregator/Server/Auth",
        sees: [
            "Platform", "Wire", "KubernetesAPI", "AggregatorMetrics", "Responses", hummingbird, httpTypes, nio, nioSSL,
            x509, crypto, asn1, logging, lifecycle,
        ]),
    room(
        "Watch", "Aggregator/Server/Watch",
        sees: [
            "Platform", "Findings", "Wire", "RuleEngine", "KubernetesAPI", "ClusterIndex", "CheckModel", "Practice",
            "Checks", "Evaluation", "Report", "ClusterObjects", "Store", logging, lifecycle,
        ]),
    room(
        "Export", "Aggregator/Server/Export",
        sees: [
            "Platform", "YAML", "HTTP", "Documents", "Findings", "Wire", "KubernetesAPI", "ClusterIndex", "CheckModel",
            "Checks", "Evaluation", "Report", "Store", "AggregatorMetrics", "Auth", "Watch", crypto, logging, lifecycle,
        ]),
    room(
        "Web", "Aggregator/Server/Web",
        sees: [
            "Platform", "Findings", "Wire", "RuleEngine", "CheckModel", "Practice", "Evaluation",
            "Report", "Store", "AggregatorMetrics", "Responses", "Auth", "Watch", "Export", hummingbird, httpTypes, nio,
            logging, lifecycle,
        ]),
    room(
        "AggregatorRuntime", "Aggregator/Server/Runtime",
        sees: [
            "Platform", "HTTP", "KubernetesAPI", "CheckModel", "Evaluation", "Store", "AggregatorMetrics", "Auth",
            "Watch", "Export", "Web", hummingbird, hummingbirdCore, hummingbirdTLS, nio, nioHTTP1, compression,
            httpCodec, logging,
            lifecycle, signals,
        ]),
    room(
        "AggregatorClient", "Aggregator/AggregatorClient",
        sees: ["Platform", "HTTP", "Wire", "KubernetesAPI", "Report"]),
    room(
        "Install", "Aggregator/Install",
        sees: ["Platform", "YAML", "KubernetesAPI", "Evaluation", "ClusterObjects", "Auth", "Export"]),
    room(
        "CLI", "Aggregator/CLI",
        sees: [
            "Platform", "YAML", "HTTP", "Commands", "Findings", "Wire", "RuleEngine", "RuleCommands", "KubernetesAPI",
            "ClusterIndex", "CheckModel", "Practice", "Checks", "Evaluation", "Report", "ClusterObjects", "Watch",
            "Export", "Web", "AggregatorRuntime", "AggregatorClient", "Install", commands, logging,
        ]),
]

// The programs' doors.
let programs: [Target] = [
    .executableTarget(
        name: "AgentMain", dependencies: ["AgentCommands"], swiftSettings: strict,
        linkerSettings: fastLinker),
    .executableTarget(
        name: "AggregatorMain", dependencies: ["CLI"], swiftSettings: strict, linkerSettings: fastLinker),
]

// What the packages Benchmarks/ and Fuzz/ see: the only public declarations.
let facades: [Target] = [
    room("KubeEyeMatching", "Shared/Matching", sees: ["Platform", "Findings", "RuleEngine"]),
    room(
        "KubeEyeFuzzing", "Aggregator/Fuzzing",
        sees: [
            "Platform", "YAML", "HTTP", "Wire", "RuleEngine", "KubernetesAPI", "ClusterIndex", "CheckModel", "Practice",
            "Evaluation", "Report", "Store", "AggregatorMetrics", "Auth", "Export",
        ]),
]

let rooms = (shared + agent + aggregator).map(\.name)

let testTargets: [Target] = [
    .target(
        name: "TestSupport", dependencies: ["Platform", "YAML", "KubernetesAPI"], path: "Tests/TestSupport",
        swiftSettings: strict),
    tests("SharedTests", of: shared.map(\.name)),
    tests("AgentTests", of: (shared + agent).map(\.name), and: [commands, logging]),
    tests(
        "AggregatorTests", of: (shared + aggregator).map(\.name),
        and: [
            commands, logging, hummingbird, hummingbirdCore, httpTypes, grdb, nioSSL, x509, crypto, asn1,
        ]),
    tests("TidyTests", of: []),
    tests(
        "EndToEndTests", of: rooms + ["AgentMain", "AggregatorMain"],
        and: [logging, hummingbird]),
]

let package = Package(
    name: "kubeeye",
    products: [
        .library(name: "KubeEyeMatching", targets: ["KubeEyeMatching"]),
        .library(name: "KubeEyeFuzzing", targets: ["KubeEyeFuzzing"]),
        .executable(name: "ke-agent", targets: ["AgentMain"]),
        .executable(name: "ke-aggregator", targets: ["AggregatorMain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    ],
    targets: overlays + shared + agent + aggregator + facades + programs + testTargets,
    cxxLanguageStandard: .cxx17
)
