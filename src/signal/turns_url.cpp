#include "signal/turns_url.h"

#include "base/ascii.h"
#include "base/socket_address.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace vv::signal {
namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kNameSizeMax = 253; // RFC 1035 §2.3.4

bool is_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !name.empty() && name.size() <= kNameSizeMax && std::ranges::all_of(name, fits) &&
           !IpAddress::parse(name).has_value();
}

} // namespace

std::optional<std::string> turns_url(std::string_view authority) {
    const std::size_t colon = authority.find(':');
    const std::string_view name = authority.substr(0, colon);
    if (!is_name(name)) return std::nullopt;
    std::uint16_t port = kHttpsPort;
    if (colon != std::string_view::npos) {
        const std::string_view text = authority.substr(colon + 1);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
        if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    }
    return "turns:" + ascii_lowered(name) + ":" + std::to_string(port) + "?transport=tcp";
}

bool is_on_web_port(std::string_view url) {
    return url.starts_with("turn:") && url.ends_with(":80?transport=tcp");
}

bool is_told_as_turn(std::string_view url, std::span<const std::string> urls) {
    constexpr std::string_view kScheme = "stun:";
    if (!url.starts_with(kScheme)) return false;
    const std::string turn = "turn:" + std::string(url.substr(kScheme.size())) + "?transport=udp";
    return std::ranges::find(urls, turn) != urls.end();
}

} // namespace vv::signal
