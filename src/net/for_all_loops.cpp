#include "net/for_all_loops.h"

#include <algorithm>
#include <utility>

namespace vv::net {

ForAllLoops::ForAllLoops(const std::vector<EventLoop*>& loops, Duration retry) : main_(*loops.at(0)), retry_(retry) {
    for (std::size_t i = 1; i < loops.size(); ++i)
        others_.emplace_back(loops[i]);
}

void ForAllLoops::hand_out(Change change, Task done) {
    newest_ = std::make_shared<const Change>(std::move(change));
    waiting_.emplace_back(++number_, std::move(done));
    look();
}

void ForAllLoops::try_to_hand_out() {
    for (std::size_t i = 0; i < others_.size(); ++i) {
        Other& other = others_[i];
        if (other.handed == number_) continue;
        const bool posted = other.loop->post([&other, i, change = newest_, number = number_] {
            (*change)(i + 1);
            other.taken.store(number, std::memory_order_release);
        });
        if (posted) other.handed = number_;
    }
}

// What the other loops have taken is looked at rather than told: the main loop's mailbox may be full as well.
void ForAllLoops::look() {
    try_to_hand_out();
    std::uint64_t taken = number_;
    for (const Other& other : others_)
        taken = std::min(taken, other.taken.load(std::memory_order_acquire));
    while (!waiting_.empty() && waiting_.front().number <= taken) {
        Task done = std::move(waiting_.front().done);
        waiting_.pop_front();
        done(); // may hand out the next one
    }
    // Not while the alarm that called this is still at work.
    main_.defer([this] {
        retry_timer_.reset();
        if (waiting_.empty()) {
            newest_.reset();
        } else {
            retry_timer_.emplace(main_, retry_, [this] { look(); });
        }
    });
}

} // namespace vv::net
