#include "net/line_input.h"

#include <array>
#include <cerrno>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kReadSize = 4096;

} // namespace

LineInput::LineInput(EventLoop& loop, int fd, std::size_t line_max, Told told)
    : loop_(loop),
      fd_(fd),
      line_max_(line_max),
      told_(std::move(told)),
      timer_(loop.timers(), *this) {}

LineInput::~LineInput() {
    stop_watching();
}

void LineInput::stop_watching() {
    if (is_watched_) loop_.unwatch(fd_, *this);
    is_watched_ = false;
}

void LineInput::pause() {
    is_running_ = false;
    stop_watching();
    timer_.cancel();
}

void LineInput::resume() {
    if (is_running_ || has_ended_) return;
    is_running_ = true;
    timer_.arm(loop_.now()); // what was read and not told
}

void LineInput::drop() {
    text_.clear();
    is_skipping_ = false;
    if (!is_terminal(fd_)) return;
    // What is typed while this program is in the background is for another.
    const pid_t owner = ::tcgetpgrp(fd_);
    if (owner < 0 || owner == ::getpgrp()) (void)::tcflush(fd_, TCIFLUSH);
}

void LineInput::handle_ready(std::uint32_t) {
    read();
    tell_lines();
}

void LineInput::handle_timeout(Timer&, Instant) {
    if (is_file_) read();
    tell_lines();
    if (!is_running_ || has_ended_) return;
    if (!is_file_ && !is_watched_) {
        is_watched_ = loop_.watch(fd_, EPOLLIN, *this);
        // A file is none of the things that the kernel watches: it is always ready. Of anything else nothing can be
        // read without waiting.
        is_file_ = !is_watched_ && errno == EPERM;
        is_at_end_ = !is_watched_ && !is_file_;
    }
    if (!is_watched_) timer_.arm(loop_.now());
}

void LineInput::read() {
    if (is_at_end_) return;
    std::array<char, kReadSize> buffer{};
    const ssize_t size = ::read(fd_, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    // Also where the terminal is gone, or belongs to what runs in the foreground.
    is_at_end_ = size <= 0;
    if (size > 0) text_.append(buffer.data(), static_cast<std::size_t>(size));
    if (is_at_end_) stop_watching();
}

void LineInput::tell_lines() {
    while (is_running_) {
        const std::size_t end = text_.find('\n');
        const bool is_whole = end != std::string::npos;
        if (!is_whole && text_.size() <= line_max_ && !is_at_end_) return;
        if (text_.empty()) break;
        std::string line = text_.substr(0, end);
        text_.erase(0, is_whole ? end + 1 : std::string::npos);
        const bool was_skipping = std::exchange(is_skipping_, !is_whole && !is_at_end_);
        if (is_whole && line.ends_with('\r')) line.pop_back();
        if (!was_skipping) tell(Line{std::string_view(line).substr(0, line_max_), line.size() > line_max_});
    }
    if (is_running_ && is_at_end_ && !has_ended_) tell(std::nullopt);
}

void LineInput::tell(std::optional<Line> line) {
    has_ended_ = !line;
    told_(line);
}

bool is_terminal(int fd) {
    return ::isatty(fd) == 1;
}

} // namespace vv::net
