#include "apps/other_place.h"

#include "apps/config_options.h"
#include "base/assert.h"

#include <fmt/format.h>

#include <string_view>

namespace vv::apps {
namespace {

std::string_view key_of(net::Place place) {
    switch (place) {
    case net::Place::kPages:
        return "http.listen";
    case net::Place::kRedirect:
        return "http.redirect_listen";
    case net::Place::kMetrics:
        return "metrics.listen";
    case net::Place::kRelay:
        return "turn.listen";
    case net::Place::kTurnTcp:
        return "turn.tcp_listen";
    case net::Place::kNatDiscovery:
        return "turn.nat_discovery_listen";
    case net::Place::kStateDirectory:
    case net::Place::kStateLock:
        return "state_dir";
    }
    return {};
}

} // namespace

std::string with_way_out(const net::PlaceError& error) {
    const Option* const option = find_option(key_of(error.place()));
    VV_ASSERT(option != nullptr);
    // A port may be anybody's, a state directory only a server's: that can be stopped.
    const char* const first = error.place() == net::Place::kStateLock ? "stop it, or " : "";
    return fmt::format("{}; {}choose another with {}", error.what(), first, option->flag);
}

} // namespace vv::apps
