// Text for a descriptor whose reader may be slow, or have stopped to read: what is not taken at once waits, up to a
// limit, and the loop never does. The descriptor stays as it is, since others may write to it as well.
#pragma once

#include "net/event_loop.h"
#include "net/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vv::net {

class LineOutput final : EventHandler {
public:
    static constexpr std::size_t kWaitingMax = std::size_t{1} * 1024 * 1024;

    /// fd: not closed here. Loop outlives it.
    LineOutput(EventLoop& loop, int fd, std::size_t waiting_max = kWaitingMax);
    LineOutput(const LineOutput&) = delete;
    LineOutput& operator=(const LineOutput&) = delete;
    /// What waits is lost.
    ~LineOutput();

    /// All of it, in time, unless there is an error.
    void write(std::string_view text);
    [[nodiscard]] bool is_waiting() const { return !waiting_.empty(); }
    /// 0: none. After an error nothing is written any more. ENOBUFS: more would have had to wait than may.
    [[nodiscard]] int error() const { return error_; }

private:
    enum class Kind : std::uint8_t {
        kFile,   ///< never waits for anybody
        kSocket, ///< may be asked not to wait, each time
        kOwn,    ///< a pipe or a terminal, opened once more for us alone, so that it can be told not to wait
        kPolled, ///< one for which that cannot be: it takes PIPE_BUF bytes when it says that it is ready
    };

    void handle_ready(std::uint32_t events) override;
    [[nodiscard]] Kind look();
    [[nodiscard]] int target() const { return own_.is_open() ? own_.value() : fd_; }
    [[nodiscard]] ssize_t write_some(std::string_view text) const;
    void push();
    void watch(bool is_wanted);
    void fail(int error);

    EventLoop& loop_;
    int fd_;
    std::size_t waiting_max_;
    UniqueFd own_;
    Kind kind_;
    bool is_watched_ = false;
    int error_ = 0;
    std::string waiting_;
};

} // namespace vv::net
