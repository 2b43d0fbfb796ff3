#include "net/listener.h"

#include "net/socket.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace vv::net {

Listener::Listener(EventLoop& loop, UniqueFd fd, ConnectionLimits& limits, const ProxyRule& proxies, Counters counters,
                   Handler handler)
    : loop_(loop),
      fd_(std::move(fd)),
      limits_(limits),
      proxies_(proxies),
      counters_(counters),
      handler_(std::move(handler)),
      timer_(loop.timers(), *this) {
    if (!loop_.watch(fd_.value(), EPOLLIN, *this)) {
        throw std::system_error(errno, std::generic_category(), "cannot watch a listening socket");
    }
}

Listener::~Listener() {
    loop_.unwatch(fd_.value(), *this);
}

SocketAddress Listener::address() const {
    return local_address(fd_.value());
}

void Listener::handle_ready(std::uint32_t) {
    // One at a time while they come singly, which spares a call that finds nothing; more while they queue up.
    batch_ = loop_.round() == round_ + 1 ? std::min(batch_ * 2, kAcceptsPerRound) : 1;
    round_ = loop_.round();
    for (int i = 0; i < batch_; ++i) {
        NativeAddress native;
        UniqueFd fd(::accept4(fd_.value(), native.pointer(), &native.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.is_open()) {
            // Out of descriptors or memory: the connection stays in the backlog and would wake us at once again.
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest();
            if (errno == ECONNABORTED || errno == EINTR) continue; // gone before it was taken
            return;
        }
        const SocketAddress remote = native.address();
        auto seat = admit(remote.ip);
        if (!seat) continue;
        handler_(Accepted{std::move(fd), remote, std::move(*seat)});
    }
}

std::optional<ConnectionLimits::Seat> Listener::admit(const IpAddress& ip) {
    if (proxies_.on && !proxies_.admits(ip)) {
        counters_.strangers.add();
        return std::nullopt;
    }
    // A proxy brings everybody: whose place it is will be known from the header.
    auto seat = proxies_.on ? limits_.enter_unplaced() : limits_.enter(ip);
    if (!seat) counters_.refused.add();
    return seat;
}

void Listener::rest() {
    counters_.pauses.add();
    loop_.change(fd_.value(), 0, *this);
    timer_.arm(loop_.now() + kRest);
}

void Listener::handle_timeout(Timer&, Instant) {
    loop_.change(fd_.value(), EPOLLIN, *this);
}

} // namespace vv::net
