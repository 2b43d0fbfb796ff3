#include "apps/config_load.h"

#include "base/ascii.h"
#include "crypto/secret.h"
#include "crypto/secret_bytes.h"
#include "net/text_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>

namespace vv::apps {
namespace {

constexpr std::string_view kEnvironmentPrefix = "VISAVIS_";

std::string place_of(const std::string& file_name, const toml::source_region& region) {
    return file_name + ", line " + std::to_string(region.begin.line);
}

// The keys one level under a prefix, so that a slip is compared with what can stand in that place.
std::vector<std::string_view> keys_under(std::string_view prefix) {
    std::set<std::string_view> keys;
    for (const auto& option : options()) {
        if (!option.key.starts_with(prefix)) continue;
        const std::string_view rest = option.key.substr(prefix.size());
        keys.insert(rest.substr(0, rest.find('.')));
    }
    return {keys.begin(), keys.end()};
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    const auto nearest = nearest_spelling(word, candidates);
    return nearest ? "; did you mean '" + *nearest + "'?" : "; see docs/configuration.md for the list";
}

// The same for a key: what can stand in that place, and else keys of that name in other sections.
std::string did_you_mean_key(std::string_view name, std::string_view prefix) {
    const auto siblings = keys_under(prefix);
    if (nearest_spelling(name, siblings)) return did_you_mean(name, siblings);
    const std::string wanted = "." + ascii_lowered(name);
    std::string others;
    for (const auto& option : options()) {
        if (option.key.ends_with(wanted)) others += (others.empty() ? "'" : " or '") + std::string(option.key) + "'";
    }
    return others.empty() ? did_you_mean(name, siblings) : "; did you mean " + others + "?";
}

bool takes_number(const Option& option) {
    return option.value_form == "NUMBER";
}
bool takes_flag(const Option& option) {
    return option.value_form == "true | false";
}

// The text a scalar has in the file's own terms; nothing for what is of another kind than the option's values.
std::optional<crypto::SecretBytes> scalar_text(const Option& option, const toml::node& node) {
    using Text = crypto::SecretBytes;
    if (const auto* text = node.as_string()) return Text(text->get());
    if (takes_number(option)) {
        if (const auto* number = node.as_integer()) return Text(std::to_string(number->get()));
        if (const auto* number = node.as_floating_point()) return Text(fmt::format("{}", number->get()));
    }
    const auto* const flag = takes_flag(option) ? node.as_boolean() : nullptr;
    if (flag != nullptr) return Text(flag->get() ? "true" : "false");
    return std::nullopt;
}

using Texts = std::vector<crypto::SecretBytes>; // any of them may be a secret

Texts values_of(const Option& option, const toml::node& node, const std::string& place) {
    const auto wrong_kind = [&] {
        return ConfigError(place + ": " + std::string(option.key) + " wants " +
                           (option.is_list ? "a list of " : "one value of the form ") + std::string(option.value_form) +
                           (takes_number(option) || takes_flag(option) ? "" : ", in quotes"));
    };
    if (const auto* array = node.as_array()) {
        if (!option.is_list) throw wrong_kind();
        Texts values;
        for (const auto& element : *array) {
            const auto text = scalar_text(option, element);
            if (!text) throw wrong_kind();
            values.push_back(*text);
        }
        return values;
    }
    const auto text = scalar_text(option, node);
    if (!text) throw wrong_kind();
    return {*text};
}

void apply_option(Config& config, const Option& option, const Texts& values, const std::string& place) {
    if (values.empty() && !option.is_list) throw ConfigError(place + ": a value is missing");
    if (const auto outcome = set_option(config, option, values, place); !outcome) {
        throw ConfigError(place + ": " + std::string(option.key) + ": " + outcome.error());
    }
}

void apply_table(Config& config, const toml::table& table, const std::string& prefix, const std::string& file_name) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        const std::string place = place_of(file_name, name.source());
        if (const Option* option = find_option(key)) {
            apply_option(config, *option, values_of(*option, node, place), place);
            continue;
        }
        const bool is_section = !keys_under(key + ".").empty();
        if (is_section && node.is_table()) {
            apply_table(config, *node.as_table(), key + ".", file_name);
            continue;
        }
        if (is_section) {
            const std::string example = key + "." + std::string(keys_under(key + ".").front());
            throw ConfigError(place + ": '" + key + "' is a section of keys, such as " + example +
                              ", and takes no value itself");
        }
        throw ConfigError(place + ": unknown key '" + key + "'" + did_you_mean_key(name.str(), prefix));
    }
}

Texts split_at_commas(const std::string& text) {
    Texts parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');) {
        const auto first = part.find_first_not_of(' ');
        const auto last = part.find_last_not_of(' ');
        if (first != std::string::npos) parts.emplace_back(std::string_view(part).substr(first, last - first + 1));
    }
    return parts;
}

void refuse_unknown_variables(const EnvironmentNames& names) {
    std::vector<std::string> known;
    for (const auto& option : options())
        known.push_back(option.environment_name());
    known.emplace_back("VISAVIS_CONFIG");
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    for (const auto& name : names) {
        if (!name.starts_with(kEnvironmentPrefix) || std::ranges::find(known, name) != known.end()) continue;
        throw ConfigError("environment: unknown variable " + name + did_you_mean(name, candidates));
    }
}

void wipe_texts(toml::node& node) {
    if (auto* text = node.as_string()) {
        std::string& bytes = text->get();
        crypto::secure_wipe({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    } else if (auto* array = node.as_array()) {
        for (toml::node& element : *array)
            wipe_texts(element);
    } else if (auto* table = node.as_table()) {
        for (auto&& [key, value] : *table)
            wipe_texts(value);
    }
}

// Leaves nothing of what the table held in memory. What the library has copied while it read is out of reach.
class ReadTable {
public:
    ReadTable(std::string_view text, const std::string& file_name) : table_(toml::parse(text, file_name)) {}
    ReadTable(const ReadTable&) = delete;
    ReadTable& operator=(const ReadTable&) = delete;
    ~ReadTable() { wipe_texts(table_); }

    [[nodiscard]] const toml::table& table() const { return table_; }

private:
    toml::table table_;
};

// A list of what is in use has something in it.
void check_lists(const Config& config, bool with_rooms) {
    const auto refuse_empty = [&](const std::string& key, const std::string& instead) {
        const auto given = config.given.find(key);
        if (given == config.given.end() || !given->second.empty()) return;
        throw ConfigError(at_place(config, key) + key +
                          ": the list is empty; leave it out, or unset it, for the default" + instead);
    };
    refuse_empty("http.listen", "");
    refuse_empty("turn.listen", "");
    if (config.metrics_on) refuse_empty("metrics.listen", "; metrics.on = false turns the metrics off");
    if (with_rooms && config.rooms_open) refuse_empty("rooms.languages", "; rooms.open = false closes the rooms");
}

// What was said that makes a certificate necessary.
std::string_view given_of_tls(const Config& config) {
    for (const std::string_view key : {"tls.cert", "tls.key"}) {
        if (config.places.contains(key)) return key; // also with an empty value
    }
    return "tls.mode";
}

void check_rules(const Config& config) {
    if (config.rooms_rules.empty() || config.rooms_rules_file.empty()) return;
    const auto other = config.places.find("rooms.rules");
    const std::string where = other == config.places.end() ? "" : " (" + other->second + ")";
    throw ConfigError(at_place(config, "rooms.rules_file") + "the rules stand in rooms.rules" + where +
                      " as well; give either rooms.rules or rooms.rules_file");
}

} // namespace

void apply_toml(Config& config, std::string_view text, const std::string& file_name) {
    try {
        const ReadTable read(text, file_name);
        apply_table(config, read.table(), "", file_name);
    } catch (const toml::parse_error& error) {
        throw ConfigError(place_of(file_name, error.source()) + ": " + std::string(error.description()));
    }
}

void apply_toml_file(Config& config, const std::filesystem::path& file) {
    const auto text = net::read_text_file(file);
    if (!text) throw ConfigError("the configuration file: " + text.error());
    apply_toml(config, text->text(), file.string());
}

void apply_environment(Config& config, const Environment& environment, const EnvironmentNames& names) {
    refuse_unknown_variables(names);
    for (const auto& option : options()) {
        const std::string name = option.environment_name();
        const auto text = environment(name);
        if (!text) continue;
        const Texts values = option.is_list ? split_at_commas(*text) : Texts{crypto::SecretBytes(*text)};
        apply_option(config, option, values, "environment, " + name);
    }
}

void apply_flags(Config& config, const FlagValues& flags) {
    for (const auto& [option, given] : flags) {
        Texts values;
        for (const auto& text : given) {
            const Texts parts = option->is_list ? split_at_commas(text) : Texts{crypto::SecretBytes(text)};
            values.insert(values.end(), parts.begin(), parts.end());
        }
        apply_option(config, *option, values, std::string(option->flag));
    }
}

void check_together(const Config& config, bool with_rooms) {
    const auto refuse = [&](std::string_view key, const std::string& why) {
        throw ConfigError(at_place(config, key) + why);
    };
    if (config.tls_mode == TlsMode::kFiles && (config.tls_cert.empty() || config.tls_key.empty())) {
        refuse(given_of_tls(config),
               "TLS needs both tls.cert and tls.key; give the missing one, or use tls.mode = \"self-signed\"");
    }
    if (!config.http_redirect_listen.empty() && config.tls_mode == TlsMode::kOff) {
        refuse("http.redirect_listen",
               "http.redirect_listen leads to the page over HTTPS, which needs a certificate: give tls.cert "
               "and tls.key, or serve the page there by http.listen");
    }
    if (config.http_proxy_protocol == config.http_proxy_from.empty()) {
        refuse(config.http_proxy_protocol ? "http.proxy_protocol" : "http.proxy_from",
               "http.proxy_protocol and http.proxy_from go together; give both, or neither");
    }
    check_rules(config);
    check_lists(config, with_rooms);
    (void)nat_discovery_places(config); // complains
    if (config.turn_secrets.size() + config.turn_app_secrets.size() > turn::kSecretsMax) {
        refuse(config.turn_app_secrets.empty() ? "turn.secrets" : "turn.app_secrets",
               "turn.secrets and turn.app_secrets together hold at most " + std::to_string(turn::kSecretsMax));
    }
    if (!config.turn_regions.empty() && config.turn_secrets.empty()) {
        refuse("turn.regions", "turn.regions needs turn.secrets: the relays there must know the same secret");
    }
    const auto v4 = std::ranges::count_if(config.public_addresses, &IpAddress::is_v4);
    const auto v6 = static_cast<std::ptrdiff_t>(config.public_addresses.size()) - v4;
    if (v4 > 1 || v6 > 1) {
        refuse("turn.public_address", "turn.public_address takes at most one IPv4 and one IPv6 address");
    }
}

std::string at_place(const Config& config, std::string_view key) {
    const auto found = config.places.find(key);
    return found == config.places.end() ? std::string() : found->second + ": ";
}

std::vector<stun::NatDiscoveryPlaces> nat_discovery_places(const Config& config) {
    constexpr std::uint16_t kPortMax = 65534; // the next one is used as well
    const std::string name = "turn.nat_discovery_listen";
    const std::string key = at_place(config, name) + name;
    std::vector<stun::NatDiscoveryPlaces> all;
    for (const SocketAddress& address : config.nat_discovery_listen) {
        if (address.ip.is_unspecified()) {
            throw ConfigError(key + " needs addresses of this machine by name, not *, since answers leave from each");
        }
        if (address.port == 0 || address.port > kPortMax) {
            throw ConfigError(key + " takes a port from 1 to 65534, and uses the next one as well");
        }
        const auto known = std::ranges::find_if(
            all, [&](const stun::NatDiscoveryPlaces& places) { return places.ip.family() == address.ip.family(); });
        if (known == all.end()) {
            const auto next = static_cast<std::uint16_t>(address.port + 1);
            all.push_back({address.ip, std::nullopt, address.port, next});
        } else if (known->other_ip || known->ip == address.ip || known->port != address.port) {
            throw ConfigError(key + " takes at most two addresses of a family, different ones on the same port");
        } else {
            known->other_ip = address.ip;
        }
    }
    return all;
}

std::vector<SocketAddress> http_listen_or_default(const Config& config) {
    if (!config.http_listen.empty()) return config.http_listen;
    constexpr std::uint16_t kPlainPort = 8080;
    constexpr std::uint16_t kTlsPort = 8443;
    IpAddress::V6 v6{};
    if (config.tls_mode != TlsMode::kOff) {
        return {{IpAddress(), kTlsPort}, {IpAddress::v6(v6), kTlsPort}};
    }
    v6.back() = 1;
    return {{IpAddress::v4(0x7F000001), kPlainPort}, {IpAddress::v6(v6), kPlainPort}};
}

} // namespace vv::apps
