// What a user says of ICE servers, taken apart; STUN servers that were said by name are looked up, all at once. Relays
// look up theirs themselves (net/turn_link).
#pragma once

#include "caller/ice_url.h"
#include "net/event_loop.h"
#include "net/host_search.h"
#include "net/name_lookup.h"
#include "net/turn_link.h"
#include "visavis/peer_connection.h"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace vv::api {

struct IceServers {
    std::vector<caller::IceUrl> stun{};
    std::vector<net::TurnLogin> relays{};
};

/// Throws std::invalid_argument for what is none, or one that cannot be used.
[[nodiscard]] IceServers read_ice_servers(const std::vector<visavis::IceServer>& servers);

/// So long the end of gathering waits for names; what is not known by then is done without.
inline constexpr std::chrono::seconds kSearchTimeMax{5};

class StunPlaces final : private net::TimerHandler {
public:
    /// Called for those said by number from within begin(), then for each name that is known.
    using Found = std::function<void(const std::vector<SocketAddress>& places)>;
    /// Called once, when no more will come: from a later round of the loop or, where there is nothing to look up, from
    /// within begin(). Neither may destroy this.
    using All = std::function<void()>;

    /// loop outlives it.
    StunPlaces(net::EventLoop& loop, std::vector<caller::IceUrl> servers, Found found, All all,
               net::NameLookup::Resolve resolve = net::resolve);

    void begin();

private:
    void handle_timeout(net::Timer& timer, Instant now) override;
    void finish();

    net::EventLoop& loop_;
    std::vector<caller::IceUrl> servers_;
    Found found_;
    All all_;
    net::NameLookup::Resolve resolve_;
    std::list<std::unique_ptr<net::HostSearch>> searches_;
    std::size_t searching_ = 0;
    net::Timer timer_;
};

} // namespace vv::api
