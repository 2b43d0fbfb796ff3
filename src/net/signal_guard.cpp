#include "net/signal_guard.h"

#include <csignal>
#include <unistd.h>

namespace vv::net {
namespace {

bool is_waiting() {
    sigset_t waiting;
    return ::sigpending(&waiting) == 0 &&
           (::sigismember(&waiting, SIGINT) == 1 || ::sigismember(&waiting, SIGTERM) == 1);
}

} // namespace

SignalGuard::SignalGuard(std::chrono::milliseconds every, int exit_code)
    : every_(every),
      exit_code_(exit_code),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void SignalGuard::watch(const std::stop_token& stop) {
    constexpr int kSeenMax = 3;
    std::unique_lock lock(mutex_);
    for (int seen = 0; seen < kSeenMax; seen = is_waiting() ? seen + 1 : 0) {
        (void)stopped_.wait_for(lock, stop, every_, [] { return false; });
        if (stop.stop_requested()) return;
    }
    ::_exit(exit_code_); // whatever would be tidied up waits for the same as the loop
}

} // namespace vv::net
