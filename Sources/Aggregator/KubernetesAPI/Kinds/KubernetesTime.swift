package import Platform

/// Times as the API server writes them: RFC 3339, whole seconds (`metav1.Time`) or microseconds (`metav1.MicroTime`).
package enum KubernetesTime {
    /// nil for what is not a valid time, and for Go's zero time `0001-01-01T00:00:00Z`, which stands for "never".
    package static func parse(_ value: JSONValue) -> Timestamp? { value.withBytes { parse($0) } ?? nil }

    package static func parse(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            bytes[10] | 0x20 == 0x74
        else { return nil }
        var isWrong = false
        func number(_ from: Int, _ count: Int) -> Int {
            var value = 0
            for index in from..<from + count {
                let digit = Int(bytes[index]) - 0x30
                if digit < 0 || digit > 9 { isWrong = true }
                value = value * 10 + digit
            }
            return value
        }
        let year = number(0, 4), month = number(5, 2), day = number(8, 2)
        let hour = number(11, 2), minute = number(14, 2), second = number(17, 2)
        if isWrong || !(1...12).contains(month) || !(1...31).contains(day) || hour > 23 || minute > 59 || second > 60 {
            return nil
        }
        var index = 19
        var micros = 0
        if bytes[index] == 0x2E {
            index += 1
            var digits = 0
            while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
                if digits < 6 { micros = micros * 10 + Int(bytes[index]) - 0x30 }
                digits += 1
                index += 1
            }
            if digits == 0 { return nil }
            for _ in min(digits, 6)..<6 { micros *= 10 }
        }
        guard index < bytes.count else { return nil }
        var offset = 0
        if bytes[index] == 0x2B || bytes[index] == 0x2D {
            guard bytes.count == index + 6 else { return nil }
            offset = (number(index + 1, 2) * 3600 + number(index + 4, 2) * 60) * (bytes[index] == 0x2D ? -1 : 1)
        } else if bytes[index] | 0x20 != 0x7A || bytes.count != index + 1 {
            return nil
        }
        if isWrong || year < 2 { return nil }
        let seconds = Timestamp.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(micros))
    }

    /// An HTTP `Date` header (RFC 9110 §5.6.7): `Wed, 01 May 2024 10:01:01 GMT`.
    static func parseHTTP(_ text: String) -> Timestamp? {
        let parts = text.split(whereSeparator: { " ,:".contains($0) })
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 8, let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6])
        else { return nil }
        return Timestamp(
            microseconds: Int64(Timestamp.days(year, month + 1, day) * 86_400 + hour * 3600 + minute * 60 + second)
                * 1_000_000)
    }
}
