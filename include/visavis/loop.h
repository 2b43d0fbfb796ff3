// One thread's work: sockets, timers and what other threads hand in. The library starts no threads of its own but those
// that ask the system's resolver, one for each name of an ICE server, and does nothing but in rounds of a loop. Such a
// thread may be there for as long as the resolver takes, after the loop has gone too.
//
//   visavis::Loop loop;
//   visavis::PeerConnection peer(loop, {}, {.message = …});
//   loop.run();                              // or: poll(loop.descriptor()), then loop.run_ready()
//
// A program may have several loops, each on a thread of its own; nothing is shared between them. What belongs to a loop
// is made, used and destroyed on its thread, or while nothing runs it; post() and stop() are for every thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace visavis {

namespace detail {
struct LoopAccess;
} // namespace detail

class Loop {
public:
    /// Throws std::system_error if the kernel has no descriptor left.
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    /// After everything that was made with it, but for what tasks and handlers hold: tasks that wait are dropped, and
    /// what they hold is destroyed first. No other thread may call post() or stop() by then.
    ~Loop();

    /// Until stop(). Like run_for() and run_ready() not from within a handler or a task.
    void run();
    /// For so long, a year at most, or until stop().
    void run_for(std::chrono::nanoseconds duration);
    /// Ends the run that is under way, or, where none is, the next one at once. What was posted before is still done.
    /// Any thread, handlers and tasks too.
    void stop();

    /// The task is run by the loop, in the order of posting. False: 65 536 wait already, and it is dropped. Any thread;
    /// the only call, beside stop(), that other threads may make. A task may not throw: the program ends if it does.
    [[nodiscard]] bool post(std::function<void()> task);
    /// The task is run by the loop once that time has passed, a year at most, to the millisecond. On the loop's thread;
    /// it may not throw. Tasks that have not come are dropped with the loop.
    void after(std::chrono::nanoseconds delay, std::function<void()> task);

    // ---- for programs with a loop of their own

    /// Readable when there is something to do: for poll, select, epoll and every loop made on them. It may only be
    /// waited for; the loop closes it.
    [[nodiscard]] int descriptor() const;
    /// So long at most may be waited for the descriptor, from now on; zero: something is due. Nothing: for as long as
    /// one likes. To be asked anew after each run_ready() and each call of the library.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> timeout() const;
    /// Does what there is to do, and waits for nothing.
    void run_ready();

private:
    friend struct detail::LoopAccess;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace visavis
