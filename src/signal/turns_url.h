// The relay on the page's own port: TURN over TLS (RFC 7065 §3).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vv::signal {

/// "turns:example.org:443?transport=tcp" for the authority of the page's address, with or without a port. Nothing for
/// an address instead of a name, which not every browser accepts in a certificate for TURN, and for what is no name.
[[nodiscard]] std::optional<std::string> turns_url(std::string_view authority);

/// TURN over TCP without TLS on port 80, which passes where only the web does and TLS is broken open on the way.
[[nodiscard]] bool is_on_web_port(std::string_view url);

/// A "stun:" URL whose host and port are in one of the others for TURN over UDP, which answers the same.
[[nodiscard]] bool is_told_as_turn(std::string_view url, std::span<const std::string> urls);

} // namespace vv::signal
