// Notices that files have been replaced, such as a certificate that was renewed: by
// looking now and then, since what is replaced may be any link on the way to them.
#pragma once

#include "net/event_loop.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace vv::net {

class FileWatch final : TimerHandler {
public:
    /// changed is called on the loop's thread once a change has lasted from one look to the next, so that files
    /// which belong together are both new by then. interval: between looks.
    FileWatch(EventLoop& loop, std::vector<std::filesystem::path> files, std::function<void()> changed,
              Duration interval = std::chrono::seconds(10));
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;
    ~FileWatch() = default;

private:
    /// What tells a file from the one before it under the same name; zeros for one that is not there.
    struct Mark {
        std::uint64_t device = 0;
        std::uint64_t node = 0;
        std::int64_t size = 0;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        friend bool operator==(const Mark&, const Mark&) = default;
    };

    void handle_timeout(Timer& timer, Instant now) override;
    [[nodiscard]] std::vector<Mark> look() const;

    EventLoop& loop_;
    std::vector<std::filesystem::path> files_;
    std::function<void()> changed_;
    Duration interval_;
    std::vector<Mark> told_; // as they were when changed was called last, or at the beginning
    std::vector<Mark> seen_; // at the last look
    Timer timer_;
};

} // namespace vv::net
