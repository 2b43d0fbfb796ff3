// What an operator can choose, as one plain value. Filled from defaults, a TOML
// file, the environment and flags, in that order; the last one that speaks wins.
#pragma once

#include "base/socket_address.h"
#include "crypto/secret_bytes.h"
#include "lobby/room_list.h"
#include "stun/nat_discovery.h"
#include "turn/config.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vv::apps {

enum class TlsMode : std::uint8_t { kOff, kSelfSigned, kFiles };
enum class LogFormat : std::uint8_t { kText, kJson };
enum class Meeting : std::uint8_t { kAsk, kInstant };
enum class Privacy : std::uint8_t { kDirect, kRelayOnly };
enum class TurnIo : std::uint8_t { kAuto, kEpoll };

struct PortRange {
    std::uint16_t first = 49152;
    std::uint16_t last = 65535;

    friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// Of rooms.rules, wherever they stand.
inline constexpr std::size_t kRulesCharactersMax = 4000;
inline constexpr std::int64_t kBytesPerKilobit = 125;
inline constexpr std::size_t kBytesPerKibibyte = 1024;

/// Where a relay of this server's answers in another region.
struct RegionPlace {
    std::string name;
    std::string host; // an IPv6 address in brackets
    std::uint16_t https_port = 443;
    std::uint16_t udp_port = 3478;

    friend bool operator==(const RegionPlace&, const RegionPlace&) = default;
};

struct Config {
    std::vector<SocketAddress> http_listen; // empty: not given, chosen from the TLS mode, see http_listen_or_default()
    std::vector<SocketAddress> http_redirect_listen;
    std::vector<std::string> http_origins;
    std::string http_host; // empty: the Host header of each request
    std::uint32_t http_connections_max = 16000;
    std::uint32_t http_connections_per_address = 512;
    std::uint32_t http_handshake_seconds = 10;
    std::uint32_t http_first_message_seconds = 10;
    bool http_proxy_protocol = false;
    std::vector<IpPrefix> http_proxy_from; // not empty where the one above is true

    TlsMode tls_mode = TlsMode::kOff;
    std::filesystem::path tls_cert;
    std::filesystem::path tls_key;

    std::vector<SocketAddress> turn_listen;                    // empty: not given, port 3478 on every address
    std::optional<std::vector<SocketAddress>> turn_tcp_listen; // none: where turn.listen is; empty: off
    std::vector<IpAddress> public_addresses;
    PortRange relay_ports;
    std::string turn_realm = "visavis";
    /// The first signs, all are accepted; empty: derived from the state directory's key.
    std::vector<crypto::SecretBytes> turn_secrets;
    std::vector<turn::User> turn_users;
    std::vector<crypto::SecretBytes> turn_app_secrets; // of applications whose peers need not consent
    std::vector<RegionPlace> turn_regions;
    std::vector<IpPrefix> turn_allow_peers;
    std::vector<IpPrefix> turn_deny_peers;
    std::uint32_t turn_allocations_max = static_cast<std::uint32_t>(turn::Quotas{}.total);
    std::uint32_t turn_allocations_per_user = static_cast<std::uint32_t>(turn::Quotas{}.per_user);
    std::uint32_t turn_allocations_per_address = static_cast<std::uint32_t>(turn::Quotas{}.per_source);
    std::uint32_t turn_allocations_nameless = static_cast<std::uint32_t>(turn::Quotas{}.nameless);
    std::uint32_t turn_call_kbps = static_cast<std::uint32_t>(turn::kCallLimits.bytes_per_second / kBytesPerKilobit);
    std::uint32_t turn_call_packets = static_cast<std::uint32_t>(turn::kCallLimits.packets_per_second);
    std::uint32_t turn_permissions_per_allocation = static_cast<std::uint32_t>(turn::PeerLimits{}.permissions);
    std::uint32_t turn_channels_per_allocation = static_cast<std::uint32_t>(turn::PeerLimits{}.channels);
    std::uint32_t turn_new_peers_per_allocation = static_cast<std::uint32_t>(turn::PeerLimits{}.new_permissions);
    std::uint32_t turn_consent_checks_per_peer = static_cast<std::uint32_t>(turn::ConsentLimits{}.checks_per_peer);
    std::uint32_t turn_consent_checks_per_allocation =
        static_cast<std::uint32_t>(turn::ConsentLimits{}.checks_per_allocation);
    std::uint32_t turn_consent_closed_peers = static_cast<std::uint32_t>(turn::ConsentLimits{}.closed_peers);
    std::uint32_t turn_consent_seconds = static_cast<std::uint32_t>(turn::ConsentLimits{}.lifetime.count());
    std::uint32_t turn_consent_kib_per_packet =
        static_cast<std::uint32_t>(turn::ConsentLimits{}.bytes_per_packet_in / kBytesPerKibibyte);
    std::uint32_t turn_bindings_per_address = turn::kBindingLimit.per_second;
    std::uint32_t turn_challenges_per_address = turn::kChallengeLimit.per_second;
    std::uint32_t turn_guesses_per_address = turn::kSourceGuessLimit.per_second;
    std::uint32_t turn_guesses_per_port = turn::kGuessLimit.per_second;
    std::uint32_t turn_credential_hours = static_cast<std::uint32_t>(turn::kCredentialTimeMax.count());
    std::uint32_t turn_stream_silence_seconds = 60;
    std::uint32_t turn_stream_stall_seconds = 30;
    std::uint32_t turn_stream_queue_kib = 128;
    std::uint32_t turn_drain_minutes = 60;
    bool turn_legacy_channels = false;
    TurnIo turn_io = TurnIo::kAuto;
    std::vector<SocketAddress> nat_discovery_listen; // empty: off; see nat_discovery_places()

    bool rooms_open = true;
    std::string rooms_contact;                            // empty: none
    std::string rooms_rules;                              // the same
    std::filesystem::path rooms_rules_file;               // in place of rooms_rules
    std::optional<lobby::RoomList> rooms_languages;       // none: the built-in list
    std::optional<std::vector<std::string>> rooms_topics; // none: the built-in list; empty: no topics
    Meeting rooms_meeting = Meeting::kAsk;
    Privacy rooms_privacy = Privacy::kDirect;

    std::chrono::seconds safety_retention = std::chrono::days(30);
    std::uint32_t safety_cooldown_people = 3;
    std::chrono::seconds safety_cooldown_window = std::chrono::hours(24);
    std::chrono::seconds safety_cooldown = std::chrono::hours(24); // zero: none
    std::uint32_t safety_reports_counted = 5;

    bool metrics_on = true;
    std::vector<SocketAddress> metrics_listen; // empty: not given, 127.0.0.1:9478

    std::string log_level = "info";
    LogFormat log_format = LogFormat::kText;
    bool log_show_addresses = false;

    std::filesystem::path state_dir; // empty: see default_state_dir()
    std::uint32_t threads = 0;       // 0: one per core

    /// Every option that was set, by its key, as it was written in the source that won; some hold secrets.
    std::map<std::string_view, std::vector<crypto::SecretBytes>> given;
    /// Where each of them was: "visavis.toml, line 3", "environment, VISAVIS_THREADS", "--threads".
    std::map<std::string_view, std::string> places;
};

/// A configuration that cannot be used. what() is one line that says where, what and, if there is one, the nearest
/// right spelling.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What an error about an option begins with: "visavis.toml, line 3: "; nothing for one that was not given.
[[nodiscard]] std::string at_place(const Config& config, std::string_view key);

/// Where NAT behaviour discovery answers, one entry for each family: on the port given and on the next one, on one
/// address or on two. Throws ConfigError for what cannot be that.
[[nodiscard]] std::vector<stun::NatDiscoveryPlaces> nat_discovery_places(const Config& config);

/// Loopback 8080 without TLS (a secure context for browsers), port 8443 on every address with TLS.
[[nodiscard]] std::vector<SocketAddress> http_listen_or_default(const Config& config);

} // namespace vv::apps
