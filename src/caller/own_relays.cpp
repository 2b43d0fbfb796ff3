#include "caller/own_relays.h"

#include "base/ascii.h"
#include "base/socket_address.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace vv::caller {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word_letter(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_letter(char c) {
    return is_word_letter(c) || c == '.' || c == '-';
}

// Takes the host from the front: a name, an IPv4 address, or an IPv6 address in its brackets. Empty: there is none.
std::string_view take_host(std::string_view& text) {
    std::size_t size = 0;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        const bool is_address = end != std::string_view::npos && IpAddress::parse(text.substr(1, end - 1)).has_value();
        size = is_address ? end + 1 : 0;
    } else {
        size = static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_letter) - text.begin());
    }
    const std::string_view host = text.substr(0, size);
    text.remove_prefix(size);
    return host;
}

bool is_own_machine(std::string_view host) {
    if (host == "localhost") return true;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    return address && address->is_loopback();
}

// "[:PORT][?transport=…]", as it stands.
bool is_rest(std::string_view rest) {
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin());
        if (digits == 0) return false;
        rest.remove_prefix(digits);
    }
    constexpr std::string_view kTransport = "?transport=";
    if (rest.empty()) return true;
    return rest.size() > kTransport.size() && rest.starts_with(kTransport) &&
           std::ranges::all_of(rest.substr(kTransport.size()), is_word_letter);
}

std::optional<std::string> at_own(std::string_view url, std::string_view own) {
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string scheme = ascii_lowered(url.substr(0, colon));
    if (scheme != "turn" && scheme != "turns") return std::nullopt;
    std::string_view rest = url.substr(colon + 1);
    const std::string_view named = take_host(rest);
    if (named.empty() || !is_rest(rest)) return std::nullopt;
    return scheme + ":" + std::string(is_own_machine(own) ? named : own) + std::string(rest);
}

} // namespace

std::vector<signal::IceServer> own_relays(const std::vector<signal::IceServer>& servers, std::string_view host) {
    std::string_view authority = host;
    const std::string own = ascii_lowered(take_host(authority));
    std::vector<signal::IceServer> out;
    for (const signal::IceServer& server : servers) {
        signal::IceServer kept{{}, server.username, server.credential};
        for (const std::string& url : server.urls) {
            auto moved = at_own(url, own);
            if (moved && std::ranges::find(kept.urls, *moved) == kept.urls.end())
                kept.urls.push_back(*std::move(moved));
        }
        if (!kept.urls.empty()) out.push_back(std::move(kept));
    }
    return out;
}

bool has_relay(const std::vector<signal::IceServer>& servers) {
    return std::ranges::any_of(servers, [](const signal::IceServer& server) {
        return std::ranges::any_of(server.urls, [](const std::string& url) { return url.starts_with("turn"); });
    });
}

} // namespace vv::caller
