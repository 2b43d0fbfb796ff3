// SIGTERM, SIGINT, SIGUSR1 and SIGHUP as events of a loop (signalfd), so that no
// handler ever interrupts anything.
#pragma once

#include "net/event_loop.h"

#include <functional>

namespace vv::net {

class SignalSource final : EventHandler {
public:
    struct Handlers {
        std::function<void()> stop;   // SIGTERM, SIGINT
        std::function<void()> drain;  // SIGUSR1
        std::function<void()> hangup; // SIGHUP; none: left alone
    };
    /// Blocks the signals in the calling thread and those it starts afterwards. Throws std::system_error.
    SignalSource(EventLoop& loop, Handlers handlers);
    SignalSource(const SignalSource&) = delete;
    SignalSource& operator=(const SignalSource&) = delete;
    ~SignalSource();

private:
    void handle_ready(std::uint32_t events) override;

    EventLoop& loop_;
    Handlers handlers_;
    UniqueFd fd_;
};

/// Whoever started this process wants it to go on over this signal, as nohup does: a SignalSource would take it anyway.
[[nodiscard]] bool is_ignored(int signal);
/// A peer that has gone is an error of write(), not a signal that ends the process.
void ignore_broken_pipes();
/// Reading a terminal in the background, which belongs to what runs in the foreground, is an error of read(), not a
/// signal that halts the process.
void ignore_background_reads();
/// A file that has become as large as this process may make one is an error of write().
void ignore_file_size_limit();

} // namespace vv::net
