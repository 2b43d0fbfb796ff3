#include "net/signal_source.h"

#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vv::net {
namespace {

sigset_t handled_signals(bool with_hangup) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (with_hangup) sigaddset(&set, SIGHUP);
    return set;
}

} // namespace

SignalSource::SignalSource(EventLoop& loop, std::function<void()> on_stop, std::function<void()> on_hangup)
    : loop_(loop),
      on_stop_(std::move(on_stop)),
      on_hangup_(std::move(on_hangup)) {
    const sigset_t set = handled_signals(on_hangup_ != nullptr);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    fd_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd_.is_open() || !loop_.watch(fd_.value(), EPOLLIN, *this)) {
        throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
    }
}

SignalSource::~SignalSource() {
    loop_.unwatch(fd_.value(), *this);
}

void SignalSource::handle_ready(std::uint32_t) {
    signalfd_siginfo info{};
    while (::read(fd_.value(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        if (info.ssi_signo == SIGHUP) {
            on_hangup_();
        } else {
            on_stop_();
        }
    }
}

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(concurrency-mt-unsafe): before any thread is started
}

} // namespace vv::net
