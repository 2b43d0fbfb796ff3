// SIGTERM, SIGINT and SIGHUP as events of a loop (signalfd), so that no handler
// ever interrupts anything.
#pragma once

#include "net/event_loop.h"

#include <functional>

namespace vv::net {

class SignalSource final : EventHandler {
public:
    /// Blocks the signals in the calling thread and those it starts afterwards. Throws std::system_error.
    SignalSource(EventLoop& loop, std::function<void()> on_stop, std::function<void()> on_hangup);
    SignalSource(const SignalSource&) = delete;
    SignalSource& operator=(const SignalSource&) = delete;
    ~SignalSource();

private:
    void handle_ready(std::uint32_t events) override;

    EventLoop& loop_;
    std::function<void()> on_stop_;
    std::function<void()> on_hangup_;
    UniqueFd fd_;
};

/// A peer that has gone is an error of write(), not a signal that ends the process.
void ignore_broken_pipes();

} // namespace vv::net
