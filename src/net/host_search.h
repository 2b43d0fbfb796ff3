// The addresses of a host, found without holding up the loop: at once where the host
// is an address itself, else by a lookup (name_lookup.h).
#pragma once

#include "net/event_loop.h"
#include "net/name_lookup.h"
#include "net/unique_fd.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vv::net {

class HostSearch final : EventHandler, TimerHandler {
public:
    /// Empty: none is known. Called once, from a later round of the loop; out of it this may be destroyed.
    using Found = std::function<void(std::vector<SocketAddress> places)>;

    HostSearch(EventLoop& loop, const std::string& host, std::uint16_t port, NameLookup::Resolve resolve, Found found);
    HostSearch(const HostSearch&) = delete;
    HostSearch& operator=(const HostSearch&) = delete;
    ~HostSearch();

    /// Nobody is told any more.
    void cancel() { found_ = {}; }
    /// Why it could not search, as errno has it; 0: it could.
    [[nodiscard]] int error() const { return error_; }

private:
    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void tell();

    EventLoop& loop_;
    Found found_;
    int error_ = 0;
    std::vector<SocketAddress> places_;
    Timer timer_; // of what is known from the beginning
    std::shared_ptr<const UniqueFd> wake_;
    std::unique_ptr<NameLookup> lookup_; // while it is under way
};

/// In the order of RFC 8305 §4: families take turns, and the first is that of the first address.
[[nodiscard]] std::vector<SocketAddress> by_turns(std::vector<SocketAddress> places);
/// The first of each family: a server is one, however many addresses lead to it.
[[nodiscard]] std::vector<SocketAddress> one_of_each(const std::vector<SocketAddress>& places);

} // namespace vv::net
