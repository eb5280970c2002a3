import Findings
import FoundationEssentials
import Platform
import Wire

/// Writes batches as JSON, within their limit.
///
/// A batch over the limit loses texts, never its counts (`BatchReduction`). What JSON cannot hold (a number that is not
/// finite) is left out and counted in `findingsDropped`, so that it does not hold up the rest.
enum BatchEncoder {
    struct Encoded: Sendable {
        var bytes: [UInt8]
        /// Records whose findings were left out, and states.
        var droppedCount: Int64 = 0
        /// Why something was left out.
        var problem: String?
    }

    /// - Parameter reduction: what the batch is reduced to at least.
    /// - Throws: the encoder's error when nothing of the batch can be encoded.
    static func encode(_ batch: Batch, _ reduction: BatchReduction = .none) throws -> Encoded {
        let encoder = JSONEncoder()
        var batch = batch
        reduction.apply(to: &batch)
        var encoded = Encoded(bytes: [])
        do {
            encoded.bytes = [UInt8](try encoder.encode(batch))
        } catch {
            encoded.problem = "\(error)"
            encoded.droppedCount = reduce(&batch, encoder)
            encoded.bytes = [UInt8](try encoder.encode(batch))
        }
        var form = reduction
        while encoded.bytes.count > Batch.bytesMax, let smaller = form.next {
            form = smaller
            form.apply(to: &batch)
            encoded.bytes = [UInt8](try encoder.encode(batch))
        }
        if batch.problem != nil {
            batch.fit()
            encoded.bytes = [UInt8](try encoder.encode(batch))
        }
        return encoded
    }

    /// Takes out of a batch what cannot be encoded.
    /// - Returns: how many findings are lost.
    private static func reduce(_ batch: inout Batch, _ encoder: JSONEncoder) -> Int64 {
        var dropped: Int64 = 0
        for source in batch.sources.indices {
            let gone = removeUnencodable(&batch.sources[source].occurrences, encoder)
            dropped += gone.reduce(0) { $0.addingSaturated(Int64($1.count)) }
        }
        dropped += Int64(removeUnencodable(&batch.states, encoder).count)
        if var observations = batch.observations {
            _ = removeUnencodable(&observations, encoder)
            batch.observations = observations
        }
        if !batch.vitals.cpuSeconds.isFinite { batch.vitals.cpuSeconds = 0 }
        batch.vitals.findingsDropped += dropped
        return dropped
    }

    /// - Returns: what was taken out.
    static func removeUnencodable<Element: Encodable>(_ elements: inout [Element], _ encoder: JSONEncoder) -> [Element]
    {
        var kept: [Element] = []
        var gone: [Element] = []
        for element in elements {
            do {
                _ = try encoder.encode(element)
                kept.append(element)
            } catch { gone.append(element) }
        }
        elements = kept
        return gone
    }
}
