internal import CSystemd
internal import Glibc
package import Platform

/// Asks systemd's manager over the system bus (`sd-bus(3)`, org.freedesktop.systemd1(5)). Blocks; call it on a
/// thread of its own.
package enum SystemBus {
    package struct UnitState: Equatable, Sendable {
        /// `loaded`, `not-found`, `masked`, …
        package var load: String
        /// `active`, `failed`, `inactive`, `activating`, …
        package var active: String
        /// `running`, `dead`, `auto-restart`, …
        package var sub: String
    }

    /// - Parameter address: a bus address instead of the system's, for tests.
    package static func unitState(_ unit: String, address: String?) -> Result<UnitState, SystemError> {
        Result { () throws(SystemError) in
            var bus: OpaquePointer?
            let path = address ?? "the system bus"
            if let address {
                try check("sd_bus_new", path, sd_bus_new(&bus))
                try check("sd_bus_set_address", path, sd_bus_set_address(bus, address))
                try check("sd_bus_set_bus_client", path, sd_bus_set_bus_client(bus, 1))
                try check("sd_bus_start", path, sd_bus_start(bus))
            } else {
                try check("sd_bus_open_system", path, sd_bus_open_system(&bus))
            }
            defer { sd_bus_flush_close_unref(bus) }
            sd_bus_set_method_call_timeout(bus, 5_000_000)
            var encoded: UnsafeMutablePointer<CChar>?
            try check("sd_bus_path_encode", unit, sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &encoded))
            defer { free(encoded) }
            func property(_ name: String) throws(SystemError) -> String {
                var value: UnsafeMutablePointer<CChar>?
                let code = sd_bus_get_property_string(
                    bus, "org.freedesktop.systemd1", encoded, "org.freedesktop.systemd1.Unit", name, nil, &value)
                defer { free(value) }
                try check("get \(name) of", unit, code)
                return value.map { String(cString: $0) } ?? ""
            }
            return UnitState(
                load: try property("LoadState"), active: try property("ActiveState"), sub: try property("SubState"))
        }
    }

    private static func check(_ call: String, _ path: String, _ code: Int32) throws(SystemError) {
        if code < 0 { throw SystemError(call: call, path: path, code: -code) }
    }
}
