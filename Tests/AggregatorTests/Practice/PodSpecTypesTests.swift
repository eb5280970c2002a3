import Testing

@testable import KubernetesAPI
@testable import Practice

/// A pod spec of a file as the API server would hand it out.
@Suite struct PodSpecTypesTests {
    private func normalised(_ json: String) throws -> (json: String, problems: [PodSpecNormaliser.Problem]) {
        let document = try JSONDocument(json.utf8)
        let (bytes, problems) = withExtendedLifetime(document) {
            PodSpecNormaliser.normalised(document.root.view, at: [.key("spec")])
        }
        return (String(decoding: bytes, as: UTF8.self), problems)
    }

    @Test(arguments: [
        // Unknown fields are gone, here and further down.
        (#"{"colour":"red"}"#, "{}"),
        (#"{"securityContext":{"runAsUser":1,"colour":"red"}}"#, #"{"securityContext":{"runAsUser":1}}"#),
        // Zero values of optional fields are gone; behind a pointer they stay.
        (#"{"hostNetwork":false,"automountServiceAccountToken":false}"#, #"{"automountServiceAccountToken":false}"#),
        (#"{"hostNetwork":true}"#, #"{"hostNetwork":true}"#),
        (#"{"nodeName":"","runtimeClassName":""}"#, #"{"runtimeClassName":""}"#),
        (#"{"terminationGracePeriodSeconds":0}"#, #"{"terminationGracePeriodSeconds":0}"#),
        (#"{"securityContext":{"runAsUser":0}}"#, #"{"securityContext":{"runAsUser":0}}"#),
        // An empty struct behind a pointer stays, lists and maps of nothing do not.
        (#"{"securityContext":{}}"#, #"{"securityContext":{}}"#),
        (#"{"initContainers":[],"nodeSelector":{},"tolerations":[]}"#, "{}"),
        (#"{"nodeSelector":{"pool":"a"}}"#, #"{"nodeSelector":{"pool":"a"}}"#),
        // What is not looked into loses its nulls only.
        (#"{"affinity":{"a":null,"b":{"c":0}}}"#, #"{"affinity":{"b":{"c":0}}}"#),
        (#"{"affinity":null}"#, "{}"),
    ]) func podSpecsAreWrittenAsTheServerDoes(_ given: String, _ wanted: String) throws {
        let (json, problems) = try normalised(given)
        #expect(json == wanted)
        #expect(problems == [])
    }

    @Test(arguments: [
        ("", #","resources":{}"#), (#","resources":{}"#, #","resources":{}"#), (#","image":"""#, #","resources":{}"#),
        (
            #","resources":{"limits":{"cpu":"1000m","memory":"1024Mi"}}"#,
            #","resources":{"limits":{"cpu":"1","memory":"1Gi"}}"#
        ), (#","resources":{"requests":{"cpu":0.5}}"#, #","resources":{"requests":{"cpu":"500m"}}"#),
        (#","ports":[{"containerPort":0,"hostPort":0}]"#, #","resources":{},"ports":[{"containerPort":0}]"#),
        (
            #","securityContext":{"privileged":false,"capabilities":{"add":["NET_ADMIN"],"drop":[]}}"#,
            #","resources":{},"securityContext":{"capabilities":{"add":["NET_ADMIN"]},"privileged":false}"#
        ), (#","tty":false,"args":["","b"]"#, #","resources":{},"args":["","b"]"#),
    ]) func containersAreWrittenAsTheServerDoes(_ given: String, _ wanted: String) throws {
        let (json, problems) = try normalised(#"{"containers":[{"name":"a"\#(given)}]}"#)
        #expect(json == #"{"containers":[{"name":"a"\#(wanted)}]}"#)
        #expect(problems == [])
    }

    /// To the server a null in a list of mappings is an empty one.
    @Test func aNullInAListIsAnEmptyMapping() throws {
        #expect(try normalised(#"{"containers":[null]}"#).json == #"{"containers":[{"resources":{}}]}"#)
    }

    @Test func whatIsNormalisedStaysAsItIs() throws {
        let spec = #"""
            {"hostPID":true,"containers":[{"image":"x","name":"","resources":{"limits":{"memory":"2048Mi"}},
             "env":[{"name":"A","value":""}],"volumeMounts":[{"name":"v","mountPath":"/v","readOnly":true}]}],
             "volumes":[{"name":"v","hostPath":{"path":"/","type":""}}]}
            """#
        let once = try normalised(spec).json
        #expect(try normalised(once).json == once)
        #expect(once.contains(#""memory":"2Gi""#))
        #expect(once.contains(#""hostPath":{"path":"/","type":""}"#))
        #expect(!once.contains(#""value""#))
    }

    /// The server writes no fractions: half a Gi is 512 Mi, as half a CPU is 500 m.
    @Test func fractionsOfBinaryUnitsAreWrittenInTheNextSmallerOne() throws {
        let json = try normalised(#"{"overhead":{"memory":"0.5Gi"}}"#).json
        #expect(json == #"{"overhead":{"memory":"512Mi"}}"#)
        #expect(Quantity("1.5Ki")?.canonical == "1536")
        // No number of a manifest ends the program.
        #expect(Quantity(1e18).canonical == "1000000000000000000")
        #expect(Quantity(1e300).canonical == "1e+300")
        #expect(Quantity(0.5).canonical == "500m")
    }

    // MARK: Wrong types

    @Test(arguments: [
        (#"{"hostNetwork":"yes"}"#, "spec.hostNetwork", "text where true or false is expected"),
        (#"{"nodeName":7}"#, "spec.nodeName", "a number where text is expected"),
        (#"{"priority":1.5}"#, "spec.priority", "a number where a whole number is expected"),
        (#"{"containers":{}}"#, "spec.containers", "a mapping where a list of mappings is expected"),
        (#"{"containers":["nginx"]}"#, "spec.containers[0]", "text where a mapping is expected"),
        (#"{"nodeSelector":{"pool":1}}"#, "spec.nodeSelector.pool", "a number where text is expected"),
        (#"{"overhead":{"cpu":"much"}}"#, "spec.overhead.cpu", "text where a quantity is expected"),
        (
            #"{"containers":[{"name":"a"},{"name":"b","command":["x",1]}]}"#, "spec.containers[1].command[1]",
            "a number where text is expected"
        ),
    ]) func wrongTypesAreSaidWithTheirPlace(_ given: String, _ path: String, _ message: String) throws {
        let problems = try normalised(given).problems
        #expect(problems.map { InstancePath.text($0.path) } == [path])
        #expect(problems.map(\.message) == [message])
    }

    @Test func aFieldOfAWrongTypeTakesNothingElseAway() throws {
        #expect(
            try normalised(#"{"hostNetwork":"yes","hostPID":true,"nodeSelector":{"a":1,"b":"c"}}"#).json
                == #"{"nodeSelector":{"b":"c"},"hostPID":true}"#)
    }

    @Test func problemsHaveALimit() throws {
        let many = (0..<40).map { _ in "7" }.joined(separator: ",")
        #expect(try normalised(#"{"containers":[\#(many)]}"#).problems.count == PodSpecNormaliser.problemsMax)
    }
}
