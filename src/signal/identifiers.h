// Identifiers as they are written in messages (docs/protocol.md, Identifiers).
#pragma once

#include "base/encoding.h"
#include "lobby/ids.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::signal {

/// Exactly `size` bytes in base64url; anything else is nothing.
template <std::size_t size>
[[nodiscard]] std::optional<std::array<std::uint8_t, size>> parse_bytes(std::string_view text) {
    const auto bytes = base64url_decode(text);
    if (!bytes || bytes->size() != size) return std::nullopt;
    std::array<std::uint8_t, size> out{};
    std::ranges::copy(*bytes, out.begin());
    return out;
}

template <typename Tag>
[[nodiscard]] std::string write_id(const lobby::NodeId<Tag>& id) {
    return std::to_string(id.node) + "." + base64url_encode(id.random);
}

/// "NODE.RANDOM", the number without leading zeros.
template <typename Id>
[[nodiscard]] std::optional<Id> parse_id(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(0, dot);
    Id id;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id.node);
    const bool padded = number.size() > 1 && number.front() == '0';
    if (error != std::errc{} || end != number.data() + number.size() || padded) return std::nullopt;
    const auto random = parse_bytes<16>(text.substr(dot + 1));
    if (!random) return std::nullopt;
    id.random = *random;
    return id;
}

} // namespace vv::signal
