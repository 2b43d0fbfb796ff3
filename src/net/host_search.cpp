#include "net/host_search.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <utility>

namespace vv::net {

HostSearch::HostSearch(EventLoop& loop, const std::string& host, std::uint16_t port, NameLookup::Resolve resolve,
                       Found found)
    : loop_(loop),
      found_(std::move(found)),
      timer_(loop.timers(), *this) {
    const auto ip = IpAddress::parse(host);
    if (ip) {
        places_.push_back({*ip, port});
    } else {
        wake_ = std::make_shared<const UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }
    // Without a descriptor nobody would hear of the answer: there is none.
    if (ip || !wake_->is_open() || !loop.watch(wake_->value(), EPOLLIN, *this)) {
        if (!ip) error_ = errno;
        timer_.arm(loop.now());
        return;
    }
    lookup_ = std::make_unique<NameLookup>(host, port, wake_, std::move(resolve));
    lookup_->begin();
}

HostSearch::~HostSearch() {
    if (lookup_) loop_.unwatch(wake_->value(), *this);
}

void HostSearch::handle_ready(std::uint32_t /*events*/) {
    auto found = lookup_->take();
    if (!found) return;
    places_ = *std::move(found);
    loop_.unwatch(wake_->value(), *this);
    lookup_.reset();
    tell();
}

void HostSearch::handle_timeout(Timer& /*timer*/, Instant /*now*/) {
    tell();
}

void HostSearch::tell() {
    const Found found = std::exchange(found_, {});
    if (found) found(std::move(places_));
}

std::vector<SocketAddress> by_turns(std::vector<SocketAddress> places) {
    if (places.empty()) return places;
    std::vector<SocketAddress> first;
    std::vector<SocketAddress> second;
    for (const SocketAddress& place : places)
        (place.ip.family() == places.front().ip.family() ? first : second).push_back(place);
    std::vector<SocketAddress> turns;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) turns.push_back(first[i]);
        if (i < second.size()) turns.push_back(second[i]);
    }
    return turns;
}

std::vector<SocketAddress> one_of_each(const std::vector<SocketAddress>& places) {
    std::vector<SocketAddress> chosen;
    for (const SocketAddress& place : places) {
        const bool has_family = std::ranges::any_of(
            chosen, [&](const SocketAddress& other) { return other.ip.family() == place.ip.family(); });
        if (!has_family) chosen.push_back(place);
    }
    return chosen;
}

} // namespace vv::net
