#include "apps/config_options.h"

#include "apps/config_values.h"
#include "base/ascii.h"
#include "net/media_queue.h"
#include "signal/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <string>
#include <vector>

namespace vv::apps {
namespace {

using Values = std::span<const std::string_view>;
using Outcome = Result<void, OptionError>;

// Each row's setter is one of these, told which member of Config it fills.
template <typename T>
Outcome store(T& member, Value<T> value) {
    if (!value) return Failure(std::move(value.error()));
    member = std::move(*value);
    return {};
}

template <auto Member>
Outcome set_text(Config& config, Values values) {
    config.*Member = values.front();
    return {};
}

template <auto Member>
Outcome set_bool(Config& config, Values values) {
    return store(config.*Member, read_bool(values.front()));
}

template <auto Member, std::uint32_t least, std::uint32_t most>
Outcome set_number(Config& config, Values values) {
    return store(config.*Member, read_number(values.front(), least, most));
}

template <auto Member, auto reader>
Outcome set_each(Config& config, Values values) {
    auto& member = config.*Member;
    member.clear();
    for (const auto& text : values) {
        auto value = reader(text);
        if (!value) return Failure(std::move(value.error()));
        member.push_back(std::move(*value));
    }
    return {};
}

template <auto Member>
Outcome set_listen(Config& config, Values values) {
    auto& member = config.*Member;
    member.clear();
    for (const auto& text : values) {
        const auto addresses = read_listen(text);
        if (!addresses) return Failure(addresses.error());
        member.insert(member.end(), addresses->begin(), addresses->end());
    }
    return {};
}

Outcome set_turn_tcp_listen(Config& config, Values values) {
    config.turn_tcp_listen.emplace(); // an empty list is a choice, too
    for (const auto& text : values) {
        const auto addresses = read_listen(text);
        if (!addresses) return Failure(addresses.error());
        config.turn_tcp_listen->insert(config.turn_tcp_listen->end(), addresses->begin(), addresses->end());
    }
    return {};
}

template <typename Enum>
Outcome store_choice(Enum& member, const Value<std::size_t>& index) {
    if (!index) return Failure(index.error());
    member = static_cast<Enum>(*index);
    return {};
}

Outcome set_tls_mode(Config& config, Values values) {
    return store_choice(config.tls_mode, read_choice(values.front(), {"off", "self-signed", "files"}));
}

Outcome set_tls_cert(Config& config, Values values) {
    config.tls_cert = values.front();
    config.tls_mode = TlsMode::kFiles;
    return {};
}

Outcome set_tls_key(Config& config, Values values) {
    config.tls_key = values.front();
    config.tls_mode = TlsMode::kFiles;
    return {};
}

Outcome set_host(Config& config, Values values) {
    return store(config.http_host, read_host(values.front()));
}

Outcome set_relay_ports(Config& config, Values values) {
    return store(config.relay_ports, read_port_range(values.front()));
}

Outcome set_meeting(Config& config, Values values) {
    return store_choice(config.rooms_meeting, read_choice(values.front(), {"ask", "instant"}));
}

Outcome set_privacy(Config& config, Values values) {
    return store_choice(config.rooms_privacy, read_choice(values.front(), {"direct", "relay_only"}));
}

Outcome set_turn_io(Config& config, Values values) {
    return store_choice(config.turn_io, read_choice(values.front(), {"auto", "epoll"}));
}

constexpr std::size_t kContactCharactersMax = 200;

Outcome set_contact(Config& config, Values values) {
    return store(config.rooms_contact, read_line(values.front(), kContactCharactersMax));
}

Outcome set_rules(Config& config, Values values) {
    return store(config.rooms_rules, read_prose(values.front(), kRulesCharactersMax));
}

Outcome set_languages(Config& config, Values values) {
    config.rooms_languages.reset();
    if (values.empty()) return {}; // check_together() refuses it where there are rooms
    const std::vector<std::string> tags(values.begin(), values.end());
    auto rooms = lobby::RoomList::from_tags(tags);
    if (!rooms) return Failure(std::move(rooms.error()));
    config.rooms_languages = std::move(*rooms);
    return {};
}

Outcome set_topics(Config& config, Values values) {
    constexpr std::size_t kTopicCharactersMax = 40;
    if (values.size() > lobby::kTopicsMax) {
        return Failure<OptionError>("at most " + std::to_string(lobby::kTopicsMax) + " topics are possible");
    }
    std::vector<std::string> topics; // none are a choice, too
    for (const auto& text : values) {
        auto topic = read_line(text, kTopicCharactersMax);
        if (!topic) return Failure(std::move(topic.error()));
        if (std::ranges::find(topics, *topic) != topics.end()) {
            return Failure<OptionError>("'" + *topic + "' is listed twice");
        }
        topics.push_back(std::move(*topic));
    }
    config.rooms_topics = std::move(topics);
    return {};
}

Outcome set_regions(Config& config, Values values) {
    if (values.size() > signal::kRegionsMax) {
        return Failure<OptionError>("at most " + std::to_string(signal::kRegionsMax) + " regions are possible");
    }
    config.turn_regions.clear();
    for (const auto& text : values) {
        auto place = read_region(text);
        if (!place) return Failure(std::move(place.error()));
        const bool is_taken =
            place->name == signal::kOwnRelayName ||
            std::ranges::find(config.turn_regions, place->name, &RegionPlace::name) != config.turn_regions.end();
        if (is_taken) return Failure<OptionError>("the name '" + place->name + "' is taken");
        config.turn_regions.push_back(std::move(*place));
    }
    return {};
}

Outcome set_realm(Config& config, Values values) {
    const std::string_view realm = values.front();
    const bool is_plain =
        std::ranges::all_of(realm, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (realm.empty() || realm.size() > turn::kRealmSizeMax || !is_plain) {
        return Failure<OptionError>("a realm is 1 to " + std::to_string(turn::kRealmSizeMax) +
                                    " plain letters, digits and signs without quotes");
    }
    config.turn_realm = realm;
    return {};
}

Outcome set_log_format(Config& config, Values values) {
    return store_choice(config.log_format, read_choice(values.front(), {"text", "json"}));
}

Outcome set_log_level(Config& config, Values values) {
    const auto choice = read_choice(values.front(), {"debug", "info", "warn", "error"});
    if (!choice) return Failure(choice.error());
    config.log_level = values.front();
    return {};
}

template <auto Member>
Outcome set_secrets(Config& config, Values values) {
    constexpr std::size_t kSecretSizeMin = 16;
    for (const auto& secret : values) {
        if (secret.size() < kSecretSizeMin) return Failure<OptionError>("a secret must have at least 16 characters");
    }
    config.*Member = {values.begin(), values.end()};
    return {};
}

Outcome set_turn_users(Config& config, Values values) {
    if (values.size() > turn::kUsersMax) {
        return Failure<OptionError>("at most " + std::to_string(turn::kUsersMax) + " users are possible");
    }
    config.turn_users.clear();
    for (const auto& text : values) {
        auto user = read_user(text);
        if (!user) return Failure(std::move(user.error()));
        if (std::ranges::find(config.turn_users, user->name, &turn::User::name) != config.turn_users.end()) {
            return Failure<OptionError>("'" + user->name + "' is listed twice");
        }
        config.turn_users.push_back(std::move(*user));
    }
    return {};
}

constexpr std::uint32_t kMany = 1'000'000;
constexpr std::uint32_t kCallKbpsMax = 10'000'000; // past what one thread can relay

constexpr std::uint32_t kWaitSecondsMax = 3600;
constexpr std::uint32_t kYearHours = 24 * 366;
constexpr std::uint32_t kPeersMax = 1024;      // of one allocation; a packet may have to look through them
constexpr std::uint32_t kClosedPeersMax = 256; // of one allocation; each is up to 3 kB
constexpr std::uint32_t kQueueKibMin = net::MediaQueue::kSizeLeast / kBytesPerKibibyte;

constexpr double kRetentionDaysMin = 0.0001; // some seconds: enough to see reports go

Outcome set_retention(Config& config, Values values) {
    return store(config.safety_retention, read_time(values.front(), std::chrono::days(1), kRetentionDaysMin, 365));
}

template <auto Member>
Outcome set_hours(Config& config, Values values) {
    return store(config.*Member, read_time(values.front(), std::chrono::hours(1), 0, 24 * 365));
}

constexpr std::array kOptions = {
    Option{"http.listen", "--listen", "ADDRESS:PORT", "localhost:8080, with TLS *:8443",
           "Where the page and signaling are served.", true, set_listen<&Config::http_listen>},
    Option{"http.redirect_listen", "--redirect-listen", "ADDRESS:PORT", "none",
           "Where HTTP without TLS is answered by the way to the page over HTTPS, and TURN over TCP beside it, such as "
           "*:80; needs a certificate.",
           true, set_listen<&Config::http_redirect_listen>},
    Option{"http.host", "--host", "NAME[:PORT]", "the Host header of each request",
           "The name people type, needed when a proxy in front changes the Host header.", false, set_host},
    Option{"http.origins", "--origins", "URL", "the page's own",
           "Further web origins that may use the signaling, such as https://talk.example.org.", true,
           set_each<&Config::http_origins, read_origin>},
    Option{"http.connections_max", "--connections-max", "NUMBER", "16000",
           "Connections at one time, over all addresses.", false, set_number<&Config::http_connections_max, 1, kMany>,
           OnReload::kTaken},
    Option{
        "http.connections_per_address", "--connections-per-address", "NUMBER", "512",
        "Connections at one time from one IPv4 address or IPv6 /64, three quarters of them WebSockets at most; of an "
        "IPv6 /48 four times as many.",
        false, set_number<&Config::http_connections_per_address, 1, kMany>, OnReload::kTaken},
    Option{"http.handshake_seconds", "--handshake-seconds", "NUMBER", "10",
           "How long a new connection has for TLS, and before it for what a proxy says.", false,
           set_number<&Config::http_handshake_seconds, 1, kWaitSecondsMax>, OnReload::kTaken},
    Option{"http.first_message_seconds", "--first-message-seconds", "NUMBER", "10",
           "How long a connection has, behind TLS, for its first request or TURN message, and for each later request "
           "from its first byte on.",
           false, set_number<&Config::http_first_message_seconds, 1, kWaitSecondsMax>, OnReload::kTaken},
    Option{"http.proxy_protocol", "--proxy-protocol", "true | false", "false",
           "Connections come through a proxy that passes TLS on and tells whose they are by PROXY protocol version 2.",
           false, set_bool<&Config::http_proxy_protocol>},
    Option{"http.proxy_from", "--proxy-from", "PREFIX", "none",
           "Where such proxies are; with http.proxy_protocol nobody else is let in.", true,
           set_each<&Config::http_proxy_from, read_prefix>},
    Option{"tls.cert", "--tls-cert", "FILE", "none", "PEM file with the certificate and its chain.", false,
           set_tls_cert, OnReload::kTaken},
    Option{"tls.key", "--tls-key", "FILE", "none", "PEM file with the private key.", false, set_tls_key,
           OnReload::kTaken},
    // Behind the two above, which choose a mode as well: in one source what is said outright wins.
    Option{
        "tls.mode", "--tls", "off | self-signed | files", "off, or files when a certificate is given",
        "HTTPS and WSS: with a certificate of your own, or one this server makes so that a phone in the same network "
        "can join after a warning.",
        false, set_tls_mode},
    Option{"turn.listen", "--turn-listen", "ADDRESS:PORT", "*:3478", "Where STUN and TURN answer over UDP.", true,
           set_listen<&Config::turn_listen>},
    Option{"turn.tcp_listen", "--turn-tcp-listen", "ADDRESS:PORT", "as turn.listen",
           "Where STUN and TURN answer over TCP besides the page's own ports, which always do; an empty list: nowhere.",
           true, set_turn_tcp_listen},
    Option{"turn.public_address", "--public-address", "IP", "the address of the default route, printed at the start",
           "The address browsers are told, one for IPv4 and one for IPv6; set it behind 1:1 NAT.", true,
           set_each<&Config::public_addresses, read_address>, OnReload::kTaken},
    Option{"turn.relay_ports", "--relay-ports", "FIRST-LAST", "49152-65535", "UDP ports the relay uses towards peers.",
           false, set_relay_ports},
    Option{"turn.realm", "--turn-realm", "NAME", "visavis", "The realm of the relay's credentials.", false, set_realm},
    Option{"turn.secrets", "--turn-secrets", "TEXT", "derived from the key in the state directory",
           "Shared secrets for relay credentials; the first signs, all are accepted.", true,
           set_secrets<&Config::turn_secrets>, OnReload::kTaken},
    Option{"turn.app_secrets", "--turn-app-secrets", "TEXT", "none",
           "Shared secrets of other applications (coturn's use-auth-secret): as turn.secrets, but their peers need not "
           "speak ICE.",
           true, set_secrets<&Config::turn_app_secrets>, OnReload::kTaken},
    Option{"turn.users", "--turn-users", "NAME:PASSWORD", "none",
           "Users of other applications at the relay, who do not expire; a password has at least 12 characters.", true,
           set_turn_users, OnReload::kTaken},
    Option{"turn.regions", "--turn-regions", "NAME=HOST[:PORT][/UDP]", "none",
           "Relays of yours in other places (visavis relay), at most 7; each call gets the one that is nearest to "
           "both. Needs turn.secrets.",
           true, set_regions},
    Option{"turn.allow_peers", "--turn-allow-peers", "PREFIX", "none",
           "Blocks the relay may reach although they are special-purpose, such as 10.0.0.0/8.", true,
           set_each<&Config::turn_allow_peers, read_prefix>, OnReload::kTaken},
    Option{"turn.deny_peers", "--turn-deny-peers", "PREFIX", "none", "Further blocks the relay must never reach.", true,
           set_each<&Config::turn_deny_peers, read_prefix>, OnReload::kTaken},
    Option{"turn.allocations_max", "--turn-allocations-max", "NUMBER", "10000", "Relay allocations at one time.", false,
           set_number<&Config::turn_allocations_max, 1, kMany>, OnReload::kTaken},
    Option{"turn.allocations_per_user", "--turn-allocations-per-user", "NUMBER", "8",
           "Relay allocations at one time with one credential.", false,
           set_number<&Config::turn_allocations_per_user, 1, kMany>, OnReload::kTaken},
    Option{"turn.allocations_per_address", "--turn-allocations-per-address", "NUMBER", "256",
           "Relay allocations at one time from one IPv4 address or IPv6 /64; of an IPv6 /48 four times as many.", false,
           set_number<&Config::turn_allocations_per_address, 1, kMany>, OnReload::kTaken},
    Option{
        "turn.allocations_nameless", "--turn-allocations-nameless", "NUMBER", "1000",
        "Relay allocations at one time of all together whose name is an expiry alone, such as Prosody makes; one IPv4 "
        "address or IPv6 /48 gets a quarter of them.",
        false, set_number<&Config::turn_allocations_nameless, 1, kMany>, OnReload::kTaken},
    Option{"turn.call_kbps", "--turn-call-kbps", "NUMBER", "8000",
           "What one end of a relayed call may send, and what it may receive, in kilobits a second.", false,
           set_number<&Config::turn_call_kbps, 64, kCallKbpsMax>, OnReload::kTaken},
    Option{"turn.call_packets", "--turn-call-packets", "NUMBER", "5000", "The same in packets a second.", false,
           set_number<&Config::turn_call_packets, 100, kMany>, OnReload::kTaken},
    Option{"turn.permissions_per_allocation", "--turn-permissions-per-allocation", "NUMBER", "64",
           "Addresses of peers that one allocation may have permissions for.", false,
           set_number<&Config::turn_permissions_per_allocation, 1, kPeersMax>, OnReload::kTaken},
    Option{"turn.channels_per_allocation", "--turn-channels-per-allocation", "NUMBER", "64",
           "Channels of one allocation.", false, set_number<&Config::turn_channels_per_allocation, 1, kPeersMax>,
           OnReload::kTaken},
    Option{"turn.new_peers_per_allocation", "--turn-new-peers-per-allocation", "NUMBER", "64",
           "Addresses that one allocation may name as new peers in five minutes, which is how long a permission lasts, "
           "and at once.",
           false, set_number<&Config::turn_new_peers_per_allocation, 1, kMany>, OnReload::kTaken},
    Option{"turn.consent_checks_per_peer", "--turn-consent-checks-per-peer", "NUMBER", "20",
           "ICE checks that go to a peer that has not consented, a second and at once.", false,
           set_number<&Config::turn_consent_checks_per_peer, 1, 1000>, OnReload::kTaken},
    Option{"turn.consent_checks_per_allocation", "--turn-consent-checks-per-allocation", "NUMBER", "100",
           "The same of one allocation, to all such peers together.", false,
           set_number<&Config::turn_consent_checks_per_allocation, 1, 10'000>, OnReload::kTaken},
    Option{"turn.consent_closed_peers", "--turn-consent-closed-peers", "NUMBER", "32",
           "Peers of one allocation, by address and port, that are checked without having consented: at one time, and "
           "new ones in 30 s.",
           false, set_number<&Config::turn_consent_closed_peers, 1, kClosedPeersMax>, OnReload::kTaken},
    Option{"turn.consent_seconds", "--turn-consent-seconds", "NUMBER", "30",
           "For how long a peer consents by answering an ICE check; browsers check every five seconds.", false,
           set_number<&Config::turn_consent_seconds, 10, 3600>, OnReload::kTaken},
    Option{"turn.consent_kib_per_packet", "--turn-consent-kib-per-packet", "NUMBER", "256",
           "What goes to a peer that has consented for each packet that comes from it, in KiB.", false,
           set_number<&Config::turn_consent_kib_per_packet, 64, kMany>, OnReload::kTaken},
    Option{"turn.bindings_per_address", "--turn-bindings-per-address", "NUMBER", "200",
           "STUN Binding answers a second to one IPv4 address or IPv6 /64; twice as many at once.", false,
           set_number<&Config::turn_bindings_per_address, 1, kMany>, OnReload::kTaken},
    Option{"turn.challenges_per_address", "--turn-challenges-per-address", "NUMBER", "20",
           "Other answers a second to one IPv4 address or IPv6 /64 where no right password was shown; three times as "
           "many at once.",
           false, set_number<&Config::turn_challenges_per_address, 1, kMany>, OnReload::kTaken},
    Option{"turn.guesses_per_address", "--turn-guesses-per-address", "NUMBER", "100",
           "Wrong passwords a second from one IPv4 address or IPv6 /64, four times as many at once; past it nobody "
           "there gets a new allocation for a moment.",
           false, set_number<&Config::turn_guesses_per_address, 1, kMany>, OnReload::kTaken},
    Option{"turn.guesses_per_port", "--turn-guesses-per-port", "NUMBER", "20",
           "Wrong passwords a second from one address and port, three times as many at once; past it nothing is "
           "answered.",
           false, set_number<&Config::turn_guesses_per_port, 1, kMany>, OnReload::kTaken},
    Option{"turn.credential_hours", "--turn-credential-hours", "NUMBER", "48",
           "Names that expire later than this from now are refused.", false,
           set_number<&Config::turn_credential_hours, 1, kYearHours>, OnReload::kTaken},
    Option{"turn.stream_silence_seconds", "--turn-stream-silence-seconds", "NUMBER", "60",
           "How long a TURN client over TCP or TLS that has no allocation may say nothing.", false,
           set_number<&Config::turn_stream_silence_seconds, 1, kWaitSecondsMax>, OnReload::kTaken},
    Option{"turn.stream_stall_seconds", "--turn-stream-stall-seconds", "NUMBER", "30",
           "How long a TURN client over TCP or TLS may take nothing of what it is sent.", false,
           set_number<&Config::turn_stream_stall_seconds, 1, kWaitSecondsMax>, OnReload::kTaken},
    Option{"turn.stream_queue_kib", "--turn-stream-queue-kib", "NUMBER", "128",
           "What waits for a TURN client over TCP or TLS at most, in KiB; past it the oldest packets of calls are "
           "dropped.",
           false, set_number<&Config::turn_stream_queue_kib, kQueueKibMin, 65'536>, OnReload::kTaken},
    Option{"turn.drain_minutes", "--turn-drain-minutes", "NUMBER", "60",
           "On SIGUSR1 the relay takes nothing new and the program ends once it is empty, or after so many minutes.",
           false, set_number<&Config::turn_drain_minutes, 1, kMany>, OnReload::kTaken},
    Option{"turn.legacy_channels", "--turn-legacy-channels", "true | false", "false",
           "Accept channel numbers up to 0x7FFF, as TURN had them before 2020; coturn's test client uses them.", false,
           set_bool<&Config::turn_legacy_channels>},
    Option{"turn.io", "--turn-io", "auto | epoll", "auto",
           "How the relay's datagrams go in and out: by io_uring where the kernel allows it, or by epoll.", false,
           set_turn_io},
    Option{"turn.nat_discovery_listen", "--turn-nat-discovery-listen", "ADDRESS:PORT", "none",
           "Where NAT behaviour discovery (RFC 5780) answers over UDP: one address of this machine or two of a family, "
           "on this port and the next.",
           true, set_listen<&Config::nat_discovery_listen>},
    Option{
        "rooms.open", "--rooms", "true | false", "true",
        "Whether language rooms are offered beside private calls; where other machines can reach the page, they also "
        "need rooms.contact and rooms.rules.",
        false, set_bool<&Config::rooms_open>, OnReload::kTaken},
    Option{"rooms.contact", "--rooms-contact", "TEXT", "none",
           "How people reach whoever runs this server: a mail address, a URL, or words; at most 200 characters.", false,
           set_contact, OnReload::kTaken},
    Option{"rooms.rules", "--rooms-rules", "TEXT", "none",
           "Your rules for the rooms, which the page shows; plain text, line breaks kept, at most 4,000 characters.",
           false, set_rules, OnReload::kTaken},
    Option{"rooms.rules_file", "--rooms-rules-file", "FILE", "none", "A file with the rules, in place of rooms.rules.",
           false, set_text<&Config::rooms_rules_file>, OnReload::kTaken},
    Option{"rooms.languages", "--rooms-languages", "TAG", "a list of the most spoken languages",
           "The rooms, as language tags (BCP 47) such as ta or pt-BR.", true, set_languages},
    Option{"rooms.topics", "--rooms-topics", "WORD", "a short list",
           "Topics people can choose to be matched by; an empty list: none.", true, set_topics},
    Option{"rooms.meeting", "--rooms-meeting", "ask | instant", "ask",
           "How the page presets the switch 'meet right away'; each person can change it.", false, set_meeting,
           OnReload::kTaken},
    Option{"rooms.privacy", "--rooms-privacy", "direct | relay_only", "direct",
           "relay_only hides people's addresses from each other by sending every call through the relay.", false,
           set_privacy, OnReload::kTaken},
    Option{
        "safety.retention_days", "--retention-days", "NUMBER", "30",
        "How long reports and the bans that follow from them are kept before they are deleted; a fraction is allowed.",
        false, set_retention},
    Option{
        "safety.cooldown_people", "--cooldown-people", "NUMBER", "3",
        "So many different people, each having met somebody in a room, keep that device out of the rooms for a while "
        "by reporting it.",
        false, set_number<&Config::safety_cooldown_people, 2, 100>},
    Option{"safety.cooldown_window_hours", "--cooldown-window-hours", "NUMBER", "24",
           "Within this time; a fraction is allowed.", false, set_hours<&Config::safety_cooldown_window>},
    Option{"safety.cooldown_hours", "--cooldown-hours", "NUMBER", "24",
           "For how long, at most as long as reports are kept; 0: nobody is kept out without an operator's decision.",
           false, set_hours<&Config::safety_cooldown>},
    Option{"safety.reports_counted", "--reports-counted", "NUMBER", "5",
           "Of one person at most so many reports count towards cooldowns within the window, and of one network four "
           "times as many.",
           false, set_number<&Config::safety_reports_counted, 1, 1000>},
    Option{"metrics.on", "--metrics", "true | false", "true", "Whether metrics are served.", false,
           set_bool<&Config::metrics_on>},
    Option{"metrics.listen", "--metrics-listen", "ADDRESS:PORT", "127.0.0.1:9478",
           "Where metrics are served as Prometheus text, at /metrics.", true, set_listen<&Config::metrics_listen>},
    Option{"log.level", "--log-level", "debug | info | warn | error", "info",
           "The least important events that are logged.", false, set_log_level, OnReload::kTaken},
    Option{"log.format", "--log-format", "text | json", "text", "One line for each event, as text or as JSON.", false,
           set_log_format},
    Option{"log.show_addresses", "--log-show-addresses", "true | false", "false",
           "Whether people's addresses stand in the log in clear.", false, set_bool<&Config::log_show_addresses>,
           OnReload::kTaken},
    Option{"state_dir", "--state-dir", "DIRECTORY",
           "$STATE_DIRECTORY, else $XDG_STATE_HOME/visavis, else ~/.local/state/visavis",
           "Where the server keeps its keys, reports and bans and, if it makes one, its certificate.", false,
           set_text<&Config::state_dir>},
    Option{"threads", "--threads", "NUMBER", "one for each core", "Event loops.", false,
           set_number<&Config::threads, 1, 64>},
};

// How many letters are to be put in, left out, replaced or swapped with the next.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1); // the row above the last
    std::vector<std::size_t> last(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last.back();
}

} // namespace

std::string Option::environment_name() const {
    std::string name = "VISAVIS_";
    for (const char c : key) {
        name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
    return name;
}

Result<void, OptionError> set_option(Config& config, const Option& option,
                                     const std::vector<crypto::SecretBytes>& values, const std::string& place) {
    std::vector<std::string_view> texts;
    texts.reserve(values.size());
    for (const crypto::SecretBytes& value : values)
        texts.push_back(value.text());
    auto outcome = option.set(config, texts);
    if (!outcome) return outcome;
    config.given[option.key] = values;
    config.places[option.key] = place;
    return {};
}

std::span<const Option> options() {
    return kOptions;
}

const Option* find_option(std::string_view key) {
    const auto* const found = std::ranges::find(kOptions, key, &Option::key);
    return found == kOptions.end() ? nullptr : found;
}

std::optional<std::string> nearest_spelling(std::string_view word, std::span<const std::string_view> candidates) {
    std::optional<std::string> nearest;
    // More than a third of the letters wrong is another word, not a slip.
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    const std::string folded = ascii_lowered(word);
    for (const auto candidate : candidates) {
        const std::size_t distance = edit_distance(folded, ascii_lowered(candidate));
        if (distance < best) {
            best = distance;
            nearest = std::string(candidate);
        }
    }
    return nearest;
}

} // namespace vv::apps
