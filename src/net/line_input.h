// What somebody writes, line by line, as events of a loop: a terminal, a pipe, a file.
#pragma once

#include "net/event_loop.h"
#include "net/timer_queue.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

class LineInput final : EventHandler, TimerHandler {
public:
    struct Line {
        std::string_view text{}; ///< without its end, \n or \r\n; whatever bytes it has
        bool is_cut = false;     ///< it had more than line_max bytes: the rest is dropped
    };
    /// Nothing: the input is at its end, and there is no more. It may call pause().
    using Told = std::function<void(std::optional<Line> line)>;

    /// fd: not closed here. Nothing is read before resume(). Loop outlives it.
    LineInput(EventLoop& loop, int fd, std::size_t line_max, Told told);
    LineInput(const LineInput&) = delete;
    LineInput& operator=(const LineInput&) = delete;
    ~LineInput();

    /// Nothing is told before resume(). What has not been read stays with who writes it.
    void pause();
    void resume();
    /// Nothing that was typed or sent before now is told: what has been read, and at a terminal also what has not.
    void drop();
    [[nodiscard]] bool has_ended() const { return has_ended_; }

private:
    void handle_ready(std::uint32_t events) override;
    void handle_timeout(Timer& timer, Instant now) override;
    void read();
    void tell_lines();
    void tell(std::optional<Line> line);
    void stop_watching();

    EventLoop& loop_;
    int fd_;
    std::size_t line_max_;
    Told told_;
    Timer timer_; // of what is there and not told yet, and of files, which the kernel watches for nobody
    std::string text_;
    bool is_running_ = false;
    bool is_watched_ = false;
    bool is_file_ = false;
    bool is_skipping_ = false; // the rest of a line that was cut
    bool is_at_end_ = false;   // nothing more can be read
    bool has_ended_ = false;   // and that has been told
};

/// Whether somebody sits there.
[[nodiscard]] bool is_terminal(int fd);

} // namespace vv::net
