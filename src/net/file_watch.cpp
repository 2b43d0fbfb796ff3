#include "net/file_watch.h"

#include <sys/stat.h>
#include <utility>

namespace vv::net {

FileWatch::FileWatch(EventLoop& loop, std::vector<std::filesystem::path> files, std::function<bool()> changed,
                     Duration interval, Duration retry)
    : loop_(loop),
      files_(std::move(files)),
      changed_(std::move(changed)),
      interval_(interval),
      retry_(retry),
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
        marks.push_back({found.st_dev, found.st_ino, found.st_size, found.st_mode, found.st_uid, found.st_gid,
                         found.st_ctim.tv_sec, found.st_ctim.tv_nsec});
    }
    return marks;
}

void FileWatch::handle_timeout(Timer& timer, Instant now) {
    auto marks = look();
    const bool has_settled = marks == seen_;
    seen_ = std::move(marks);
    if ((has_settled && seen_ != told_) || (retry_at_ && now >= *retry_at_)) tell();
    timer.arm(now + interval_);
}

void FileWatch::set_files(std::vector<std::filesystem::path> files) {
    files_ = std::move(files);
    told_ = seen_ = look();
}

// What is read now is at least as new as what is looked at before, so a change in between is seen next time.
void FileWatch::tell() {
    told_ = seen_ = look();
    retry_at_.reset();
    if (!changed_()) retry_at_ = loop_.now() + retry_;
}

} // namespace vv::net
