// One host in multicast DNS (RFC 6762), for ICE (draft-ietf-mmusic-mdns-ice-candidates-03): finds the addresses behind
// names of others, and answers for its own. A machine without a socket: everything it sends goes to the group.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/socket_address.h"
#include "mdns/message.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::mdns {

/// RFC 6762 §3.
inline constexpr std::uint16_t kPort = 5353;
/// Names that are looked for at one time; more are not looked for.
inline constexpr std::size_t kLookupsMax = 64;
/// RFC 6762 §5.2: the waits behind each question grow, and are a second at least. A call waits no longer than this.
inline constexpr std::chrono::seconds kFirstWait{1};
inline constexpr int kQueriesMax = 3;
/// RFC 6762 §6: nothing is said twice within a second. A little less, so that who asks again after one is answered.
inline constexpr std::chrono::milliseconds kAnswerInterval{900};

struct Resolved {
    std::string name;                 ///< as it was asked for first
    std::optional<IpAddress> address; ///< nothing: nobody answers for it
};

class Host {
public:
    /// Answers for the name from now on, and says so to everybody.
    void own(Instant now, std::string_view name, const IpAddress& address);
    /// Says that the name is no more.
    void disown(Instant now, std::string_view name);
    /// Resolved follows, once for each name however often it is asked for at a time. A name that is none, or one too
    /// many, has no address.
    void resolve(Instant now, std::string_view name);

    /// What has come to the group.
    void handle_input(Instant now, ByteView packet);
    void handle_timeout(Instant now);
    /// For the group.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    [[nodiscard]] std::optional<Resolved> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

private:
    struct Lookup {
        std::string asked{}; // as it is written there
        Instant next{};      // question, or the end
        int queries = 0;
    };
    struct Own {
        IpAddress address;
        std::optional<Instant> said_at{};
    };

    void answer(Instant now, const Question& question, std::vector<AddressRecord>& records);
    void finish(const std::string& name, const std::optional<IpAddress>& address);

    std::map<std::string, Lookup, std::less<>> lookups_;
    std::map<std::string, Own, std::less<>> own_;
    std::deque<ByteBuffer> packets_;
    std::deque<Resolved> events_;
};

} // namespace vv::mdns
