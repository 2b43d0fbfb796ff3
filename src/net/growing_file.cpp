#include "net/growing_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vv::net {
namespace {

constexpr mode_t kMode = S_IRUSR | S_IWUSR; // what two people say is theirs

std::string text_of(int error) {
    return std::generic_category().message(error);
}

} // namespace

Result<GrowingFile, std::string> GrowingFile::create(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
    if (fd.is_open()) return GrowingFile(path, std::move(fd), false);
    if (errno != EEXIST) return Failure("cannot write " + path.string() + ": " + text_of(errno));
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return Failure(path.string() + (errno == ENOENT ? " is a link to nothing" : ": " + text_of(errno)));
    }
    if (!S_ISCHR(status.st_mode)) {
        return Failure(path.string() + " is there already; name another file, or move it away");
    }
    fd.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd.is_open()) return Failure("cannot write " + path.string() + ": " + text_of(errno));
    return GrowingFile(path, std::move(fd), true);
}

GrowingFile::~GrowingFile() {
    if (fd_.is_open()) (void)close(); // whoever wants to know calls it
}

std::string GrowingFile::cannot_write(int error) const {
    return "cannot write " + path_.string() + ": " + text_of(error) +
           (size_ > 0 && !is_device_ ? "; what came before is in it" : "");
}

Result<void, std::string> GrowingFile::append(ByteView bytes) {
    if (!fd_.is_open() || has_failed_) return Failure(path_.string() + " is closed");
    for (ByteView rest = bytes; !rest.empty();) {
        const ssize_t written = ::write(fd_.value(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const int error = written < 0 ? errno : EIO;
            has_failed_ = true;
            // Half a page or picture would be the end of the file for whoever reads it.
            if (!is_device_ && ::ftruncate(fd_.value(), static_cast<off_t>(size_)) != 0) {
                const std::string also = text_of(errno);
                fd_.reset();
                return Failure(cannot_write(error) + ", and a broken piece behind it: " + also);
            }
            return Failure(cannot_write(error)); // what came before is stored at the end: that may take its time
        }
        rest = rest.subspan(static_cast<std::size_t>(written));
    }
    size_ += bytes.size();
    return {};
}

Result<void, std::string> GrowingFile::close() {
    if (!fd_.is_open()) return {};
    if (size_ == 0) {
        if (!is_device_) ::unlink(path_.c_str()); // else an empty file stays, which does no harm
        fd_.reset();
        return {};
    }
    // A full disk may show no sooner than now.
    const bool is_stored = is_device_ || ::fsync(fd_.value()) == 0;
    const int error = errno;
    fd_.reset();
    if (!is_stored) return Failure("cannot store " + path_.string() + ": " + text_of(error));
    return {};
}

} // namespace vv::net
