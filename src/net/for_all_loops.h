// A change that every thread has to take, such as a new configuration: the newest
// one wins, however full the mailboxes are, and somebody hears once all have it.
#pragma once

#include "net/alarm_clock.h"
#include "net/event_loop.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace vv::net {

class ForAllLoops {
public:
    /// Run on each of the loops but the main one, with its place among all; those that are busy hold on to it.
    using Change = std::function<void(std::size_t)>;

    /// loops: the main one first. All outlive this, and run none of its changes any more when it goes. retry: how soon
    /// to look again at those whose mailbox was full, or which have not taken it yet.
    explicit ForAllLoops(const std::vector<EventLoop*>& loops, Duration retry = std::chrono::milliseconds(50));
    ForAllLoops(const ForAllLoops&) = delete;
    ForAllLoops& operator=(const ForAllLoops&) = delete;
    ~ForAllLoops() = default;

    /// On the main loop's thread. An earlier change that a loop has not been handed by then it never gets. done: there
    /// too, once every loop has taken this change or a later one; in the order of the calls.
    void hand_out(Change change, Task done);

private:
    struct Other {
        EventLoop* loop;
        std::uint64_t handed = 0;
        std::atomic<std::uint64_t> taken = 0; // written by the other loop
    };
    struct Waiting {
        std::uint64_t number;
        Task done;
    };

    void try_to_hand_out();
    void look();

    EventLoop& main_;
    const Duration retry_;
    std::deque<Other> others_;
    std::shared_ptr<const Change> newest_;
    std::uint64_t number_ = 0; // of the newest
    std::deque<Waiting> waiting_;
    std::optional<AlarmClock> retry_timer_;
};

} // namespace vv::net
