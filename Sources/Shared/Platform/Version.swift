/// The product's version, the same for both programs. `deploy/base`, the chart and the image name it too; a test
/// compares them.
package enum Version {
    package static let text = "0.1.0"
}
