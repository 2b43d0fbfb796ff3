#include "apps/config_values.h"

#include "apps/config_options.h"
#include "base/ascii.h"
#include "base/encoding.h"
#include "stun/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace vv::apps {
namespace {

constexpr std::uint16_t kUnprivilegedPortMin = 1024;
constexpr unsigned kRelayPortsMin = 16;

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Failure<std::string> wrong(std::string_view text, std::string_view expected) {
    return Failure<std::string>("'" + std::string(text) + "' is not " + std::string(expected));
}

bool is_host_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_';
    };
    return !name.empty() && std::ranges::all_of(name, allowed);
}

// A host with or without a port (RFC 3986 §3.2): IPv6 addresses stand in brackets.
bool is_authority(std::string_view text) {
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') + 1 : std::min(text.find(':'), text.size());
    const std::string_view host = text.substr(0, end); // npos + 1 is 0
    const std::string_view rest = text.substr(end);
    if (!rest.empty()) {
        const auto port = rest.starts_with(':') ? parse_number(rest.substr(1)) : std::nullopt;
        if (!port || *port == 0 || *port > 65535) return false;
    }
    if (!bracketed) return is_host_name(host);
    return host.size() > 2 && IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
}

} // namespace

Value<bool> read_bool(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return wrong(text, "true or false");
}

Value<std::uint32_t> read_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
    const auto value = parse_number(text);
    if (!value || *value < least || *value > most) {
        return wrong(text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return *value;
}

Value<std::chrono::seconds> read_time(std::string_view text, std::chrono::seconds unit, double least, double most) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    const bool complete = !text.empty() && error == std::errc{} && end == text.data() + text.size();
    const bool within = number >= least && number <= most; // "nan" is not
    if (!complete || !within) {
        return wrong(text, fmt::format("a number from {} to {}", least, most));
    }
    const double seconds = std::round(number * static_cast<double>(unit.count()));
    return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

Value<std::vector<SocketAddress>> read_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        const std::string_view host = text.substr(0, colon);
        const auto port = parse_number(text.substr(colon + 1));
        const bool port_ok = port && *port <= 65535;
        if (port_ok && (host == "localhost" || host == "*")) {
            const auto number = static_cast<std::uint16_t>(*port);
            IpAddress::V6 v6{};
            if (host == "*") return std::vector<SocketAddress>{{IpAddress(), number}, {IpAddress::v6(v6), number}};
            v6.back() = 1;
            return std::vector<SocketAddress>{{IpAddress::v4(0x7F000001), number}, {IpAddress::v6(v6), number}};
        }
    }
    const auto address = SocketAddress::parse(text);
    if (!address) {
        return wrong(text, "an address with a port, such as localhost:8080, *:8443, 192.0.2.1:80 or [2001:db8::1]:80");
    }
    return std::vector<SocketAddress>{*address};
}

Value<IpAddress> read_address(std::string_view text) {
    const auto address = IpAddress::parse(text);
    if (!address || address->is_unspecified()) return wrong(text, "an IP address of this server, such as 192.0.2.1");
    return *address;
}

Value<IpPrefix> read_prefix(std::string_view text) {
    const auto prefix = IpPrefix::parse(text);
    if (!prefix) return wrong(text, "a block of addresses, such as 10.0.0.0/8");
    return *prefix;
}

Value<turn::User> read_user(std::string_view text) {
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return Failure<std::string>("a user is a name, a colon and a password, such as talk:correct-horse-battery");
    }
    if (!std::ranges::all_of(text, is_printable)) {
        return Failure<std::string>("a user's name and password may have printable ASCII characters only");
    }
    if (colon > stun::kUsernameSizeMax) {
        return Failure<std::string>("a user's name may have at most " + std::to_string(stun::kUsernameSizeMax) +
                                    " characters");
    }
    const std::string_view password = text.substr(colon + 1);
    if (password.size() < turn::kUserPasswordSizeMin) {
        return Failure<std::string>("a user's password must have at least " +
                                    std::to_string(turn::kUserPasswordSizeMin) + " characters");
    }
    return turn::User{.name = std::string(text.substr(0, colon)), .password = crypto::SecretBytes(password)};
}

Value<PortRange> read_port_range(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash != std::string_view::npos) {
        const auto first = parse_number(text.substr(0, dash));
        const auto last = parse_number(text.substr(dash + 1));
        if (first && last && *first >= kUnprivilegedPortMin && *last <= 65535 && *first + kRelayPortsMin <= *last + 1) {
            return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
        }
    }
    return wrong(text, "a range of at least 16 ports above 1023, such as 49152-65535");
}

Value<std::string> read_host(std::string_view text) {
    if (!is_authority(text)) return wrong(text, "a name with or without a port, such as talk.example.org");
    return ascii_lowered(text);
}

Value<std::string> read_origin(std::string_view text) {
    std::string origin = ascii_lowered(text);
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (origin.starts_with(scheme) && is_authority(std::string_view(origin).substr(scheme.size()))) return origin;
    }
    return wrong(text, "a web origin without anything behind it, such as https://talk.example.org");
}

Value<RegionPlace> read_region(std::string_view text) {
    constexpr std::size_t kNameSizeMax = 24;
    const auto complaint = [&] {
        return wrong(text, "a name, a host and, if they are not 443 and 3478, the ports of HTTPS and of UDP, such as "
                           "eu=turn.example.org or eu=turn.example.org:8443/3479");
    };
    RegionPlace place;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return complaint();
    place.name = text.substr(0, equals);
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (place.name.empty() || place.name.size() > kNameSizeMax || !std::ranges::all_of(place.name, is_plain)) {
        return wrong(text, "a name of small letters, digits and hyphens before the '='");
    }
    std::string_view rest = text.substr(equals + 1);
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        const auto port = read_number(rest.substr(slash + 1), 1, 65535);
        if (!port) return complaint();
        place.udp_port = static_cast<std::uint16_t>(*port);
        rest = rest.substr(0, slash);
    }
    const auto authority = read_host(rest);
    if (!authority) return complaint();
    place.host = *authority;
    const auto bracket = place.host.rfind(']');
    const auto colon = place.host.rfind(':');
    if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
        const auto port = read_number(std::string_view(place.host).substr(colon + 1), 1, 65535);
        if (!port) return complaint();
        place.https_port = static_cast<std::uint16_t>(*port);
        place.host.resize(colon);
    }
    return place;
}

Value<std::string> read_line(std::string_view text, std::size_t characters_max) {
    if (text.find('\n') != std::string_view::npos) return Failure<std::string>("this takes a single line");
    return read_prose(text, characters_max);
}

Value<std::string> read_prose(std::string_view text, std::size_t characters_max) {
    std::string prose;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        prose.push_back(text[i]);
    }
    prose.resize(prose.find_last_not_of(" \t\n") + 1); // npos + 1 is 0
    if (prose.empty()) return Failure<std::string>("the text is empty");
    if (!is_valid_utf8(as_bytes(prose))) return Failure<std::string>("the text is not UTF-8");
    const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7f'; };
    if (std::ranges::any_of(prose, is_control)) return Failure<std::string>("the text has control characters in it");
    if (const std::size_t characters = count_characters(prose); characters > characters_max) {
        return Failure<std::string>("the text has " + std::to_string(characters) + " characters and may have " +
                                    std::to_string(characters_max));
    }
    return prose;
}

Value<std::size_t> read_choice(std::string_view text, std::initializer_list<std::string_view> choices) {
    const auto* const found = std::ranges::find(choices, text);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    std::string expected = "one of ";
    for (const auto choice : choices) {
        if (choice != *choices.begin()) expected += ", ";
        expected += choice;
    }
    const std::vector<std::string_view> candidates(choices);
    if (const auto nearest = nearest_spelling(text, candidates)) expected += "; did you mean '" + *nearest + "'?";
    return wrong(text, expected);
}

} // namespace vv::apps
