#include "net/stream_dial.h"

#include "net/clock.h"
#include "net/socket.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vv::net {
namespace {

std::string system_text(int error) {
    return std::generic_category().message(error);
}

int pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

} // namespace

// ---- one address

StreamDial::Attempt::~Attempt() {
    if (is_watched_) dial_.loop_.unwatch(fd_.value(), *this);
}

bool StreamDial::Attempt::begin() {
    const NativeAddress native(place_);
    fd_.reset(::socket(native.pointer()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_.is_open()) return false;
    if (::connect(fd_.value(), native.pointer(), native.size) != 0 && errno != EINPROGRESS) return false;
    is_watched_ = dial_.loop_.watch(fd_.value(), EPOLLOUT, *this);
    return is_watched_;
}

UniqueFd StreamDial::Attempt::take() {
    dial_.loop_.unwatch(fd_.value(), *this);
    is_watched_ = false;
    return std::move(fd_);
}

void StreamDial::Attempt::handle_ready(std::uint32_t /*events*/) {
    dial_.handle_connected(*this, pending_error(fd_.value()));
}

// ---- all of them

StreamDial::StreamDial(EventLoop& loop, DialTarget target, DialOptions options, Done done)
    : loop_(loop),
      target_(std::move(target)),
      options_(std::move(options)),
      done_(std::move(done)),
      deadline_(loop.timers(), *this),
      next_(loop.timers(), *this),
      search_(std::make_unique<HostSearch>(
          loop, target_.host, target_.port, options_.resolve,
          [this](std::vector<SocketAddress> places) { handle_found(std::move(places)); })) {
    deadline_.arm(monotonic_now() + options_.time_max); // a loop that has not run yet does not know the time
}

StreamDial::~StreamDial() {
    release();
}

void StreamDial::cancel() {
    if (!done_) return; // it is over, and this may be called from what it has told
    done_ = nullptr;
    release();
    dialed_.stream.reset();
}

void StreamDial::handle_found(std::vector<SocketAddress> places) {
    places_ = by_turns(std::move(places));
    std::ranges::reverse(places_);
    const int error = search_->error();
    search_.reset();
    if (error != 0) return fail(FetchFailure::kNobodyAnswers, system_text(error));
    if (places_.empty()) return fail(FetchFailure::kNoSuchHost);
    try_next();
}

void StreamDial::try_next() {
    while (!places_.empty()) {
        auto attempt = std::make_unique<Attempt>(*this, places_.back());
        places_.pop_back();
        if (attempt->begin()) {
            attempts_.push_back(std::move(attempt));
            if (!places_.empty()) next_.arm(loop_.now() + kDialDelay);
            return;
        }
        last_error_ = system_text(errno);
    }
    if (attempts_.empty()) fail(FetchFailure::kNobodyAnswers, last_error_);
}

void StreamDial::handle_connected(Attempt& attempt, int error) {
    if (error != 0) {
        last_error_ = system_text(error);
        std::erase_if(attempts_, [&](const auto& one) { return one.get() == &attempt; });
        return try_next();
    }
    next_.cancel();
    dialed_.place = attempt.place();
    UniqueFd fd = attempt.take();
    attempts_.clear();
    places_.clear();
    const int on = 1;
    ::setsockopt(fd.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // without it, only slower
    if (!target_.is_tls) {
        dialed_.stream = std::make_unique<Stream>(std::move(fd));
        const Done done = std::exchange(done_, nullptr);
        release();
        return done(std::move(dialed_));
    }
    context_ = make_client_context(options_.trusted_pem, target_.alpn);
    if (!context_) return fail(FetchFailure::kNoTls, take_openssl_error());
    dialed_.stream = std::make_unique<Stream>(std::move(fd), *context_, target_.host);
    go_on();
}

void StreamDial::go_on() {
    switch (dialed_.stream->handshake().status) {
    case IoStatus::kDone: {
        const Done done = std::exchange(done_, nullptr);
        release();
        return done(std::move(dialed_));
    }
    case IoStatus::kWantRead:
        return watch_for(EPOLLIN);
    case IoStatus::kWantWrite:
        return watch_for(EPOLLOUT);
    case IoStatus::kEnd:
    case IoStatus::kFailed:
    case IoStatus::kPlainHttp:
        break;
    }
    if (const std::string why = dialed_.stream->distrust(); !why.empty()) return fail(FetchFailure::kNotTrusted, why);
    fail(FetchFailure::kNoTls, take_openssl_error());
}

void StreamDial::watch_for(std::uint32_t events) {
    if (watched_ == events) return;
    if (watched_ != 0)
        loop_.change(dialed_.stream->fd(), events, handshake_);
    else if (!loop_.watch(dialed_.stream->fd(), events, handshake_))
        return fail(FetchFailure::kNobodyAnswers, system_text(errno));
    watched_ = events;
}

void StreamDial::handle_timeout(Timer& timer, Instant /*now*/) {
    if (&timer == &next_) return try_next();
    const char* const where = search_ ? "the resolver" : dialed_.stream ? "TLS" : "the connection";
    fail(FetchFailure::kTooSlow, where);
}

// All but a stream that is done.
void StreamDial::release() {
    deadline_.cancel();
    next_.cancel();
    search_.reset();
    attempts_.clear();
    places_.clear();
    if (watched_ != 0) loop_.unwatch(dialed_.stream->fd(), handshake_);
    watched_ = 0;
}

void StreamDial::fail(FetchFailure failure, std::string detail) {
    const Done done = std::exchange(done_, nullptr);
    release();
    dialed_.stream.reset();
    done(Failure(FetchError{failure, std::move(detail)}));
}

} // namespace vv::net
