#include "net/file_watch.h"

#include <sys/stat.h>
#include <utility>

namespace vv::net {

FileWatch::FileWatch(EventLoop& loop, std::vector<std::filesystem::path> files, std::function<void()> changed,
                     Duration interval)
    : loop_(loop),
      files_(std::move(files)),
      changed_(std::move(changed)),
      interval_(interval),
      told_(look()),
      seen_(told_),
      timer_(loop.timers(), *this) {
    timer_.arm(loop_.now() + interval_);
}

std::vector<FileWatch::Mark> FileWatch::look() const {
    std::vector<Mark> marks;
    for (const auto& file : files_) {
        struct stat found{};
        if (::stat(file.c_str(), &found) != 0) found = {};
        marks.push_back({found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec});
    }
    return marks;
}

void FileWatch::handle_timeout(Timer& timer, Instant now) {
    auto marks = look();
    const bool has_settled = marks == seen_;
    seen_ = std::move(marks);
    if (has_settled && seen_ != told_) {
        told_ = seen_;
        changed_();
    }
    timer.arm(now + interval_);
}

} // namespace vv::net
