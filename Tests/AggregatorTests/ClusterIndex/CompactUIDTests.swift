import Testing

@testable import ClusterIndex

@Suite struct CompactUIDTests {
    private func read(_ text: String) -> CompactUID {
        var text = text
        return text.withUTF8 { CompactUID($0) }
    }

    @Test(arguments: [
        "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "00000000-0000-0000-0000-000000000000", "", "n-node1",
        "ffffffff-ffff-ffff-ffff-ffffffffffff", "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0",
        "0f1e2d3c-4b5a-6978-8796_a5b4c3d2e1f0", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1fg",
        "0f1e2d3c4b5a6978-8796-a5b4c3d2e1f0----", "中文中文中文中文中文中文",
    ]) func comesBackAsItWas(_ text: String) {
        #expect(read(text).string == text)
    }

    @Test func onlyUUIDsAreSmall() {
        #expect(read("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0") == .uuid(0x0F1E_2D3C_4B5A_6978, 0x8796_A5B4_C3D2_E1F0))
        #expect(read("0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0") == .text("0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0"))
        #expect(CompactUID(nil).string.isEmpty)
    }
}
