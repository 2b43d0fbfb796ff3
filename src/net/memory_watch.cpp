#include "net/memory_watch.h"

#include <utility>

namespace vv::net {

MemoryWatch::MemoryWatch(EventLoop& loop, std::function<std::uint64_t()> count, std::function<void()> give_back,
                         Duration interval)
    : count_(std::move(count)),
      give_back_(std::move(give_back)),
      interval_(interval),
      timer_(loop.timers(), *this) {
    timer_.arm(loop.now() + interval_);
}

void MemoryWatch::handle_timeout(Timer&, Instant now) {
    const std::uint64_t count = count_();
    // And again for as long as it goes on: the look may have come in the middle of the ebb.
    is_ebbing_ = water_.has_ebbed(count) || (is_ebbing_ && count < last_);
    last_ = count;
    if (is_ebbing_) give_back_();
    timer_.arm(now + interval_);
}

} // namespace vv::net
