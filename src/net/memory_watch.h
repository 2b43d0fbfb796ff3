// Gives memory back to the system once a flood of connections has gone. What the
// allocator keeps of some thousand broken-off TLS handshakes are a hundred and more
// megabytes, in pieces between other things, which it would keep for ever.
#pragma once

#include "net/event_loop.h"
#include "net/high_water.h"

#include <chrono>
#include <cstdint>
#include <functional>

namespace vv::net {

class MemoryWatch final : TimerHandler {
public:
    /// On the loop's thread, once in an interval. count: how many there are of what takes memory.
    MemoryWatch(EventLoop& loop, std::function<std::uint64_t()> count, std::function<void()> give_back,
                Duration interval = std::chrono::seconds(5));
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;
    ~MemoryWatch() = default;

private:
    void handle_timeout(Timer& timer, Instant now) override;

    std::function<std::uint64_t()> count_;
    std::function<void()> give_back_;
    Duration interval_;
    HighWater water_;
    bool is_ebbing_ = false;
    std::uint64_t last_ = 0;
    Timer timer_;
};

} // namespace vv::net
