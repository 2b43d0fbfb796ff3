#include "net/memory_return.h"

#include <chrono>
#include <malloc.h>
#include <system_error>

namespace vv::net {

void MemoryReturn::begin() {
    // A thread may have come to its end before whoever made it has put it away, and then two would put one away.
    const std::unique_lock lock(beginning_, std::try_to_lock);
    if (!lock || is_under_way_.exchange(true)) return;
    try {
        thread_ = std::jthread([this] {
            give_back();
            is_under_way_ = false;
        });
    } catch (const std::system_error& error) {
        // Just after a flood there may be no thread to be had. Memory is only kept for longer.
        is_under_way_ = false;
        log_.warn("memory-not-given-back", {{"why", error.what()}});
    }
}

void MemoryReturn::give_back() {
    const auto before = std::chrono::steady_clock::now();
    (void)::malloc_trim(0); // it says whether there was anything
    const auto took = std::chrono::steady_clock::now() - before;
    log_.debug("memory-given-back",
               {{"microseconds", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}});
}

} // namespace vv::net
