#include "net/line_output.h"

#include <climits>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vv::net {

LineOutput::LineOutput(EventLoop& loop, int fd, std::size_t waiting_max)
    : loop_(loop),
      fd_(fd),
      waiting_max_(waiting_max),
      kind_(look()) {}

LineOutput::~LineOutput() {
    watch(false);
}

LineOutput::Kind LineOutput::look() {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) return Kind::kFile; // the first write says what is wrong
    if (S_ISSOCK(status.st_mode)) return Kind::kSocket;
    if (!S_ISFIFO(status.st_mode) && ::isatty(fd_) != 1) return Kind::kFile;
    // O_NONBLOCK on the one there is would be everybody's who has it, such as the shell's.
    const std::string again = "/proc/self/fd/" + std::to_string(fd_);
    own_.reset(::open(again.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    return own_.is_open() ? Kind::kOwn : Kind::kPolled;
}

void LineOutput::write(std::string_view text) {
    if (error_ != 0) return;
    waiting_ += text;
    push();
    if (waiting_.size() > waiting_max_) fail(ENOBUFS);
}

void LineOutput::handle_ready(std::uint32_t) {
    push();
}

ssize_t LineOutput::write_some(std::string_view text) const {
    if (kind_ == Kind::kSocket) return ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (kind_ == Kind::kPolled) {
        pollfd asked{.fd = fd_, .events = POLLOUT, .revents = 0};
        if (::poll(&asked, 1, 0) == 0) {
            errno = EAGAIN;
            return -1;
        }
        text = text.substr(0, PIPE_BUF);
    }
    return ::write(target(), text.data(), text.size());
}

void LineOutput::push() {
    while (!waiting_.empty()) {
        const ssize_t written = write_some(waiting_);
        if (written > 0) {
            waiting_.erase(0, static_cast<std::size_t>(written));
        } else if (written < 0 && errno == EAGAIN) {
            return watch(true);
        } else if (written == 0 || errno != EINTR) {
            return fail(written < 0 ? errno : EIO);
        }
    }
    watch(false);
}

void LineOutput::watch(bool is_wanted) {
    if (is_watched_ == is_wanted) return;
    if (!is_wanted) {
        loop_.unwatch(target(), *this);
    } else if (!loop_.watch(target(), EPOLLOUT, *this)) {
        return fail(errno);
    }
    is_watched_ = is_wanted;
}

void LineOutput::fail(int error) {
    error_ = error;
    waiting_.clear();
    watch(false);
}

} // namespace vv::net
