#include "apps/rooms_gate.h"

#include "apps/config_values.h"
#include "net/text_file.h"

namespace vv::apps {
namespace {

constexpr std::size_t kRulesFileBytesMax = std::size_t{64} * 1024;

// "localhost:8080", "127.0.0.1", "[::1]:8080": what the page's address may say on the machine itself.
bool names_this_machine(std::string_view host) {
    if (const auto address = SocketAddress::parse(host)) return address->ip.is_loopback();
    const bool has_port = host.find(':') == host.rfind(':') || host.find("]:") != std::string_view::npos;
    std::string_view name = has_port ? host.substr(0, host.rfind(':')) : host;
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    const auto address = IpAddress::parse(name);
    return name == "localhost" || name.ends_with(".localhost") || (address && address->is_loopback());
}

// What makes the page reachable from elsewhere; empty if nothing does.
std::string way_in(const Config& config, std::span<const SocketAddress> listen) {
    for (const SocketAddress& address : listen) {
        if (!address.ip.unmapped().is_loopback()) return "http.listen has " + address.to_string();
    }
    // A proxy in front: it has this machine's loopback to itself, and the world on its other side.
    if (!config.http_host.empty() && !names_this_machine(config.http_host)) return "http.host is " + config.http_host;
    for (const std::string& origin : config.http_origins) {
        if (!names_this_machine(std::string_view(origin).substr(origin.find("//") + 2))) {
            return "http.origins has " + origin;
        }
    }
    return {};
}

std::string missing(const Config& config) {
    if (!config.rooms_contact.empty()) return "rooms.rules";
    return config.rooms_rules.empty() ? "rooms.contact and rooms.rules" : "rooms.contact";
}

} // namespace

RoomsGate rooms_gate(const Config& config, std::span<const SocketAddress> listen) {
    if (!config.rooms_open) return {signal::RoomsClosed::kOperator, "rooms.open is false"};
    const std::string way = way_in(config, listen);
    if (way.empty() || (!config.rooms_contact.empty() && !config.rooms_rules.empty())) return {};
    return {signal::RoomsClosed::kNoContact, "other machines can reach the page (" + way +
                                                 "); rooms open there once you set " + missing(config) +
                                                 ", which the page shows; private calls work without"};
}

Config with_rules_read(Config config) {
    if (config.rooms_rules_file.empty()) return config;
    const std::string place = at_place(config, "rooms.rules_file") + "rooms.rules_file: ";
    const auto text = net::read_text_file(config.rooms_rules_file, kRulesFileBytesMax);
    if (!text) throw ConfigError(place + text.error());
    auto rules = read_prose(text->text(), kRulesCharactersMax);
    if (!rules) throw ConfigError(place + config.rooms_rules_file.string() + ": " + rules.error());
    config.rooms_rules = *std::move(rules);
    return config;
}

} // namespace vv::apps
