// Gives the allocator's free memory back to the system, on a thread of its own:
// after a flood that takes a tenth of a second and more, in which a shard would
// relay nothing.
#pragma once

#include "net/log.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace vv::net {

class MemoryReturn {
public:
    /// The log outlives this.
    explicit MemoryReturn(Log& log) : log_(log) {}

    /// Any thread. Returns at once, and does nothing while the last time is still under way. How long it took is logged
    /// ("memory-given-back", at debug level). Where no thread can be had that is logged
    /// ("memory-not-given-back"), and the next call tries again.
    void begin();

private:
    void give_back();

    Log& log_;
    std::mutex beginning_; // held by whoever makes the thread
    std::atomic<bool> is_under_way_ = false;
    std::jthread thread_; // last: it ends before what it uses
};

} // namespace vv::net
