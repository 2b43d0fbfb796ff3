#include "caller/ice_url.h"

#include "base/ascii.h"
#include "base/socket_address.h"

#include <algorithm>
#include <charconv>

namespace vv::caller {
namespace {

constexpr std::uint16_t kPort = 3478;    // RFC 8489 §8.1, RFC 8656 §4
constexpr std::uint16_t kTlsPort = 5349; // the same
constexpr std::size_t kHostMax = 253;    // RFC 1035 §2.3.4

bool is_name_letter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
}

// Takes it from the front.
std::optional<std::string> take_host(std::string_view& text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const auto ip = IpAddress::parse(text.substr(1, end - 1));
        if (!ip || ip->is_v4()) return std::nullopt;
        text.remove_prefix(end + 1);
        return ip->to_string();
    }
    const std::string_view named = text.substr(0, text.find_first_of(":?"));
    std::string host = ascii_lowered(named);
    if (host.empty() || host.size() > kHostMax || !std::ranges::all_of(host, is_name_letter)) return std::nullopt;
    text.remove_prefix(named.size());
    return host;
}

// ":PORT" from the front, if it is there.
std::optional<std::uint16_t> take_port(std::string_view& text, std::uint16_t usual) {
    if (!text.starts_with(':')) return usual;
    text.remove_prefix(1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || port == 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return port;
}

} // namespace

std::optional<IceUrl> parse_ice_url(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string scheme = ascii_lowered(text.substr(0, colon));
    const bool is_tls = scheme == "turns";
    if (scheme != "stun" && scheme != "turn" && !is_tls) return std::nullopt;
    IceUrl url;
    url.is_relay = scheme != "stun";
    url.transport = is_tls ? turn::Transport::kTls : turn::Transport::kUdp;
    std::string_view rest = text.substr(colon + 1);
    auto host = take_host(rest);
    const auto port = host ? take_port(rest, is_tls ? kTlsPort : kPort) : std::nullopt;
    if (!port) return std::nullopt;
    url.host = *std::move(host);
    url.port = *port;
    if (rest.empty()) return url;
    // RFC 7064 §3.1: a STUN server's has none.
    if (!url.is_relay) return std::nullopt;
    const std::string transport = ascii_lowered(rest);
    if (transport == "?transport=tcp") {
        if (!is_tls) url.transport = turn::Transport::kTcp;
        return url;
    }
    // Over TLS that would be DTLS.
    return transport == "?transport=udp" && !is_tls ? std::optional(url) : std::nullopt;
}

} // namespace vv::caller
