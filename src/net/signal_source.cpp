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
    sigaddset(&set, SIGUSR1);
    if (with_hangup) sigaddset(&set, SIGHUP);
    return set;
}

} // namespace

SignalSource::SignalSource(EventLoop& loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {
    const sigset_t set = handled_signals(handlers_.hangup != nullptr);
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
            handlers_.hangup();
        } else if (info.ssi_signo == SIGUSR1) {
            handlers_.drain();
        } else {
            handlers_.stop();
        }
    }
}

bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(concurrency-mt-unsafe): before any thread is started
}

void ignore_background_reads() {
    std::signal(SIGTTIN, SIG_IGN); // NOLINT(concurrency-mt-unsafe): before any thread is started
}

void ignore_file_size_limit() {
    std::signal(SIGXFSZ, SIG_IGN); // NOLINT(concurrency-mt-unsafe): before any thread is started
}

} // namespace vv::net
