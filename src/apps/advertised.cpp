#include "apps/advertised.h"

#include "apps/listen.h"
#include "signal/settings.h"

#include <algorithm>
#include <utility>

namespace vv::apps {
namespace {

constexpr std::uint16_t kStunPort = 3478; // RFC 8489 §8.1

using net::AddressReason;
using net::AdvertisedAddress;

bool has_family(std::span<const IpAddress> interfaces, AddressFamily family) {
    return std::ranges::find(interfaces, family, &IpAddress::family) != interfaces.end();
}

std::vector<SocketAddress> listen_or_default(const Config& config, std::span<const IpAddress> interfaces) {
    if (!config.turn_listen.empty()) return without_absent_family(config.turn_listen, interfaces);
    std::vector<SocketAddress> listen;
    if (has_family(interfaces, AddressFamily::kIpv4)) listen.push_back({IpAddress(), kStunPort});
    if (has_family(interfaces, AddressFamily::kIpv6)) listen.push_back({IpAddress::v6({}), kStunPort});
    return listen;
}

// A relay that listens on one address only is told by that address, unless the operator says otherwise.
std::vector<IpAddress> wished_addresses(const Config& config, std::span<const SocketAddress> listen) {
    std::vector<IpAddress> wished = config.public_addresses;
    for (const auto& address : listen) {
        if (!address.ip.is_unspecified()) wished.push_back(address.ip);
    }
    return wished;
}

// Relay sockets are bound to an address this machine has; behind 1:1 NAT that is not the one browsers are told.
IpAddress local_address_for(const IpAddress& advertised, const SocketAddress& listen,
                            std::span<const IpAddress> interfaces) {
    if (!listen.ip.is_unspecified()) return listen.ip;
    if (advertised.is_loopback() || std::ranges::find(interfaces, advertised) != interfaces.end()) return advertised;
    const auto own = net::choose_advertised_address(advertised.family(), {});
    return own ? own->ip : listen.ip;
}

std::optional<RelayPlace> place_in(AddressFamily family, std::span<const SocketAddress> listen,
                                   std::span<const IpAddress> wished, std::span<const IpAddress> interfaces) {
    const auto listener =
        std::ranges::find_if(listen, [&](const auto& address) { return address.ip.family() == family; });
    if (listener == listen.end()) return std::nullopt;
    auto advertised = net::choose_advertised_address(family, wished);
    if (!advertised) return std::nullopt;
    const IpAddress local = local_address_for(advertised->ip, *listener, interfaces);
    return RelayPlace{*std::move(advertised), local, listener->port};
}

bool only_loopback(const std::optional<RelayPlace>& place) {
    return place && place->advertised.reason == AddressReason::kLoopback;
}

std::string reason_text(AddressReason reason) {
    switch (reason) {
    case AddressReason::kConfigured:
        return "as configured";
    case AddressReason::kDefaultRoute:
        return "the address of the default route";
    case AddressReason::kFirstInterface:
        return "the first address, there is no default route";
    case AddressReason::kLoopback:
        return "this machine has no other, so only browsers on it can use the relay";
    }
    return {};
}

std::string url(const char* scheme, const RelayPlace& place, std::uint16_t port) {
    return scheme + SocketAddress{place.advertised.ip, port}.to_string();
}

bool overlap(const SocketAddress& one, const SocketAddress& other) {
    return one.port == other.port && one.ip.family() == other.ip.family() &&
           (one.ip == other.ip || one.ip.is_unspecified() || other.ip.is_unspecified());
}

// Where TURN is served over TCP, and where a listener of its own is needed for that.
struct TcpListen {
    std::vector<SocketAddress> plain; // all without TLS
    std::vector<SocketAddress> own;
};

TcpListen tcp_listen(const Config& config, std::span<const SocketAddress> listen,
                     std::span<const IpAddress> interfaces) {
    const auto wanted = config.turn_tcp_listen ? without_absent_family(*config.turn_tcp_listen, interfaces)
                                               : std::vector<SocketAddress>(listen.begin(), listen.end());
    const auto pages = without_absent_family(http_listen_or_default(config), interfaces);
    const auto redirects = without_absent_family(config.http_redirect_listen, interfaces);
    TcpListen result;
    for (const auto& address : wanted) {
        const auto is_same = [&](const SocketAddress& other) { return overlap(other, address); };
        const bool is_pages = std::ranges::any_of(pages, is_same);
        if (!is_pages && std::ranges::none_of(redirects, is_same)) result.own.push_back(address);
        if (!is_pages || config.tls_mode == TlsMode::kOff) result.plain.push_back(address);
    }
    return result;
}

void note_tcp_port(std::optional<RelayPlace>& place, std::span<const SocketAddress> plain) {
    if (!place) return;
    const auto found = std::ranges::find_if(
        plain, [&](const SocketAddress& address) { return address.ip.family() == place->local.family(); });
    if (found != plain.end()) place->tcp_port = found->port;
}

} // namespace

RelayPlan plan_relay(const Config& config) {
    return plan_relay(config, net::interface_addresses());
}

RelayPlan plan_relay(const Config& config, std::span<const IpAddress> interfaces) {
    RelayPlan plan{
        .listen = listen_or_default(config, interfaces), .tcp_listen = {}, .ipv4 = {}, .ipv6 = {}, .untold = {}};
    const auto wished = wished_addresses(config, plan.listen);
    plan.ipv4 = place_in(AddressFamily::kIpv4, plan.listen, wished, interfaces);
    plan.ipv6 = place_in(AddressFamily::kIpv6, plan.listen, wished, interfaces);
    // One family that others can reach makes the other family's loopback a dead end worth nobody's time.
    if (only_loopback(plan.ipv6) && plan.ipv4) plan.ipv6.reset();
    if (only_loopback(plan.ipv4) && plan.ipv6) plan.ipv4.reset();
    if (!plan.ipv4 && !plan.ipv6) {
        throw ConfigError("this machine has no address for the relay; set turn.listen and turn.public_address");
    }
    for (const IpAddress& address : config.public_addresses) {
        if (address.is_v4() ? plan.ipv4 : plan.ipv6) continue;
        plan.untold.push_back({address, has_family(interfaces, address.family())});
    }
    TcpListen tcp = tcp_listen(config, plan.listen, interfaces);
    plan.tcp_listen = std::move(tcp.own);
    note_tcp_port(plan.ipv4, tcp.plain);
    note_tcp_port(plan.ipv6, tcp.plain);
    return plan;
}

std::vector<std::string> ice_urls(const RelayPlan& plan, AddressFamily family) {
    const auto over_udp = [](const RelayPlace& place) { return url("turn:", place, place.port) + "?transport=udp"; };
    const auto over_tcp = [](const RelayPlace& place) {
        return url("turn:", place, *place.tcp_port) + "?transport=tcp";
    };
    std::vector<std::string> urls;
    if (family == AddressFamily::kIpv6 && plan.ipv4 && plan.ipv6) {
        // STUN is for who is behind a NAT, and those are of IPv4. Nobody is known to have one family alone: the third
        // is for whom the second does not serve.
        urls = {url("stun:", *plan.ipv4, plan.ipv4->port), over_udp(*plan.ipv6)};
        urls.push_back(plan.ipv4->tcp_port ? over_tcp(*plan.ipv4) : over_udp(*plan.ipv4));
        return urls;
    }
    for (const auto& place : {plan.ipv4, plan.ipv6}) {
        if (!place) continue;
        if (urls.empty()) urls.push_back(url("stun:", *place, place->port));
        urls.push_back(over_udp(*place));
        if (place->tcp_port) urls.push_back(over_tcp(*place));
    }
    if (urls.size() > signal::kIceUrlsMax) urls.resize(signal::kIceUrlsMax);
    return urls;
}

std::string describe(const RelayPlace& place) {
    std::string text = "UDP port " + std::to_string(place.port);
    if (place.tcp_port) text += " and TCP port " + std::to_string(*place.tcp_port);
    text +=
        ", told to browsers as " + place.advertised.ip.to_string() + " (" + reason_text(place.advertised.reason) + ")";
    if (place.advertised.others.empty() || place.advertised.reason == AddressReason::kConfigured) return text;
    text += "; --public-address chooses another, such as";
    for (const auto& other : place.advertised.others)
        text += " " + other.to_string();
    return text;
}

std::string describe(const UntoldAddress& address) {
    const std::string family = address.ip.is_v4() ? "IPv4" : "IPv6";
    return address.ip.to_string() + " is told to nobody, since " +
           (address.machine_has_family
                ? "STUN and TURN do not listen on " + family + "; add such an address to turn.listen"
                : "this machine has no " + family + " address; give it one and start anew") +
           ", or take this one out of turn.public_address";
}

} // namespace vv::apps
