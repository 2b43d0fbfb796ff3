// Where a server says that STUN or TURN is: "stun:HOST:PORT" (RFC 7064),
// "turn:HOST:PORT?transport=tcp", "turns:…" (RFC 7065).
#pragma once

#include "turn/action.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::caller {

struct IceUrl {
    bool is_relay = false;
    turn::Transport transport = turn::Transport::kUdp;
    std::string host; // a name in lower case or an address, an IPv6 one without its brackets
    std::uint16_t port = 0;

    friend bool operator==(const IceUrl&, const IceUrl&) = default;
};

/// Nothing for what is no such address, and for what is not spoken here: STUN over TCP or TLS, TURN over DTLS.
[[nodiscard]] std::optional<IceUrl> parse_ice_url(std::string_view text);

} // namespace vv::caller
