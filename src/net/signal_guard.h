// Ends the process when a signal that asks it to end is taken by nobody: the loop that should (SignalSource) hangs, and
// the signal is blocked, so that nothing else but SIGKILL would.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vv::net {

class SignalGuard {
public:
    /// Looks every so often; a signal that is seen three times in a row has waited too long. Once SIGINT and SIGTERM
    /// are blocked, which its thread takes over.
    SignalGuard(std::chrono::milliseconds every, int exit_code);

private:
    void watch(const std::stop_token& stop);

    std::chrono::milliseconds every_;
    int exit_code_;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_; // the last: it uses the others
};

} // namespace vv::net
