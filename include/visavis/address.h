// An IP address with a port.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace visavis {

struct Address {
    /// In network order; IPv4 has the first four.
    std::array<std::uint8_t, 16> bytes{};
    bool is_v6 = false;
    std::uint16_t port = 0;

    /// "192.0.2.1:3478" or "[2001:db8::1]:3478". Nothing: it is neither.
    [[nodiscard]] static std::optional<Address> parse(std::string_view text);
    /// The same.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Address&, const Address&) = default;
};

} // namespace visavis
