// Notices that files have been replaced, such as a certificate that was renewed: by
// looking now and then, since what is replaced may be any link on the way to them.
#pragma once

#include "net/event_loop.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace vv::net {

class FileWatch final : TimerHandler {
public:
    /// changed is called on the loop's thread once a change has lasted from one look to the next, so that files
    /// which belong together are both new by then. It returns whether the files could be used; if not, it is called
    /// again after retry, or when they change. interval: between looks.
    FileWatch(EventLoop& loop, std::vector<std::filesystem::path> files, std::function<bool()> changed,
              Duration interval = std::chrono::seconds(10), Duration retry = std::chrono::minutes(1));
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;
    ~FileWatch() = default;

    /// Watches these from now on, as they are.
    void set_files(std::vector<std::filesystem::path> files);
    /// Calls changed at once.
    void tell();

private:
    /// What tells a file from the one before it under the same name; zeros for one that is not there.
    struct Mark {
        std::uint64_t device = 0;
        std::uint64_t node = 0;
        std::int64_t size = 0;
        std::uint32_t mode = 0;
        std::uint32_t owner = 0;
        std::uint32_t group = 0;
        std::int64_t seconds = 0; // of its last change, whether of what it holds or of who may read it
        std::int64_t nanoseconds = 0;
        friend bool operator==(const Mark&, const Mark&) = default;
    };

    void handle_timeout(Timer& timer, Instant now) override;
    [[nodiscard]] std::vector<Mark> look() const;

    EventLoop& loop_;
    std::vector<std::filesystem::path> files_;
    std::function<bool()> changed_;
    Duration interval_;
    Duration retry_;
    std::optional<Instant> retry_at_; // after a failure
    std::vector<Mark> told_;          // as they were when changed was called last, or at the beginning
    std::vector<Mark> seen_;          // at the last look
    Timer timer_;
};

} // namespace vv::net
