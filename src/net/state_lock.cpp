#include "net/state_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

namespace vv::net {

StateLock::StateLock(const StateDir& directory) {
    const auto file = directory.path() / "lock";
    file_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!file_.is_open()) {
        throw std::runtime_error("cannot open " + file.string() + ": " + std::generic_category().message(errno));
    }
    // A file system without locks has none to offer: then two are not noticed, as before there was this.
    if (::flock(file_.value(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    throw std::runtime_error("another server is running with the state directory " + directory.path().string() +
                             "; stop it, or choose another with --state-dir");
}

} // namespace vv::net
