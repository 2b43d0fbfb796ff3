#include "net/relay_io_log.h"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace vv::net {

void log_relay_io(Log& log, std::span<const RelayShard* const> relays) {
    const auto by_ring = std::ranges::count_if(relays, &RelayShard::uses_ring);
    const auto other = std::ranges::find_if_not(relays, &RelayShard::uses_ring);
    if (other == relays.end()) return log.info("relay-io", {{"io_uring", by_ring}, {"epoll", 0}});
    const int error = (*other)->ring_error();
    log.info("relay-io", {{"io_uring", by_ring},
                          {"epoll", std::ssize(relays) - by_ring},
                          {"why", error == 0 ? "configured" : std::generic_category().message(error)}});
}

} // namespace vv::net
