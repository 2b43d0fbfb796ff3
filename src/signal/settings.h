// What the signaling end of a connection needs to know of the server's
// configuration. One for each shard; each_reloadable says what of it may change.
#pragma once

#include "base/bytes.h"
#include "crypto/secret_bytes.h"
#include "lobby/ids.h"
#include "lobby/limits.h"
#include "lobby/relay_ranking.h"
#include "lobby/room_list.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::signal {

using namespace std::chrono_literals;

inline constexpr std::string_view kSubprotocol = "visavis.1";
inline constexpr int kProtocolVersion = 1;

/// One message, in bytes of JSON.
inline constexpr std::size_t kMessageBytesMax = 32 * 1024;
inline constexpr std::size_t kBodyBytesMax = 24 * 1024;
inline constexpr std::size_t kIntroBytesMax = 16 * 1024;
inline constexpr std::size_t kNoiseBytesMax = 1024;
inline constexpr std::size_t kNoteCharactersMax = 500;
inline constexpr std::size_t kTopicsPerSeekMax = 5;
/// Arrays and objects inside one another, the message itself included.
inline constexpr std::size_t kDepthMax = 8;
inline constexpr std::size_t kIceUrlsMax = 3;

inline constexpr Duration kHelloTime = 10s;
inline constexpr Duration kTokenRenewal = 1h;
inline constexpr std::chrono::seconds kTokenLifetime = 2h;
/// Refused messages within kRefusedWindow; at this many the connection is closed with 4003.
inline constexpr std::uint32_t kRefusedMax = 32;
inline constexpr Duration kRefusedWindow = 1min;

inline constexpr std::chrono::seconds kCallCredentialTime = 10min;
inline constexpr std::chrono::seconds kProbeCredentialTime = 30s;
inline constexpr std::chrono::seconds kAllocationLifeMax = 14400s;

enum class Meeting : std::uint8_t { kAsk, kInstant };
enum class Privacy : std::uint8_t { kDirect, kRelayOnly };
/// Why there are no rooms: switched off, or open to the world without the operator's contact and rules.
enum class RoomsClosed : std::uint8_t { kOperator, kNoContact };

/// A relay of this server's in another place (`visavis relay`).
struct Region {
    std::string name;                  // what pages and the log call it
    std::string origin;                // where pages time it: "https://eu.example.org"
    std::vector<std::string> ice_urls; // as Settings::ice_urls
};
/// The server's own relay is one of lobby::kRelaysMax.
inline constexpr std::size_t kRegionsMax = lobby::kRelaysMax - 1;
/// What pages call the server's own relay.
inline constexpr std::string_view kOwnRelayName = "here";

/// Whether the relays of the regions, and the server's own, work at this moment. Any thread.
class RegionHealth {
public:
    RegionHealth() = default;
    RegionHealth(const RegionHealth&) = delete;
    RegionHealth& operator=(const RegionHealth&) = delete;
    virtual ~RegionHealth() = default;
    /// region: its place in Settings::regions.
    [[nodiscard]] virtual bool is_up(std::size_t region) const = 0;
    /// Whether this server's own relay takes calls: it does until the server drains.
    [[nodiscard]] virtual bool is_own_up() const = 0;
    /// A call that uses this one asks anew: it may be gone. Looks soon.
    virtual void look_again(std::size_t region) = 0;
};

/// Messages and bytes of one session; seeks, skips and opens are counted in the lobby.
struct SessionRates {
    Rate messages = lobby::kMessageRate;
    Rate bytes = lobby::kByteRate;
};

struct Settings {
    std::uint32_t node = 0;
    lobby::Epoch epoch; // the lobby's
    std::array<std::uint8_t, 32> state_key{};

    std::optional<RoomsClosed> rooms_closed; // nothing: they are open
    bool private_open = true;
    Meeting meeting = Meeting::kAsk;
    Privacy privacy = Privacy::kDirect;
    std::vector<std::string> topics; // at most lobby::kTopicsMax
    lobby::RoomList rooms = lobby::RoomList::defaults();
    std::string contact; // how to reach the operator, and the operator's rules; empty: none given
    std::string rules;
    Duration report_time = std::chrono::days(30); // how long a report is kept, as pages tell people
    std::optional<std::uint32_t> relay_kbps; // what one end of a relayed call may send; nothing: pages are not told

    /// "stun:…", "turn:…" or "turns:…", at most kIceUrlsMax. Those with turn get credentials. The second for who comes
    /// over IPv6 from another machine; empty: the same.
    std::vector<std::string> ice_urls;
    std::vector<std::string> ice_urls_ipv6;
    /// The page's own port answers TURN over TLS: whoever came by a name is given that (turns_url.h) as the last of
    /// kIceUrlsMax URLs.
    bool turns_on_page = false;
    crypto::SecretBytes turn_secret; // signs credentials; empty: no turn URLs are given
    std::vector<Region> regions;     // relays elsewhere under the same secret, at most kRegionsMax

    SessionRates rates;
};

/// What may change under connections (base/reloadable.h); they go on as they were told it.
template <typename To, typename Visit>
void each_reloadable(To& to, const Settings& from, Visit visit) {
    visit(to.rooms_closed, from.rooms_closed);
    visit(to.meeting, from.meeting);
    visit(to.privacy, from.privacy);
    visit(to.contact, from.contact);
    visit(to.rules, from.rules);
    visit(to.relay_kbps, from.relay_kbps);
    visit(to.ice_urls, from.ice_urls);
    visit(to.ice_urls_ipv6, from.ice_urls_ipv6);
    visit(to.turn_secret, from.turn_secret);
}

/// What whoever fills it in must keep to.
[[nodiscard]] inline bool is_sound(const Settings& settings) {
    const auto is_short = [](const Region& region) { return region.ice_urls.size() <= kIceUrlsMax; };
    return settings.topics.size() <= lobby::kTopicsMax && settings.ice_urls.size() <= kIceUrlsMax &&
           settings.ice_urls_ipv6.size() <= kIceUrlsMax && settings.regions.size() <= kRegionsMax &&
           std::ranges::all_of(settings.regions, is_short);
}

} // namespace vv::signal
