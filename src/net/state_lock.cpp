#include "net/state_lock.h"

#include "net/place_error.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <system_error>

namespace vv::net {

StateLock::StateLock(const StateDir& directory, Log& log) {
    directory_.reset(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_.is_open()) {
        const int error = errno;
        throw std::runtime_error("cannot open the state directory " + directory.path().string() + ": " +
                                 std::generic_category().message(error));
    }
    if (::flock(directory_.value(), LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    if (error == EWOULDBLOCK) {
        throw PlaceError(Place::kStateLock,
                         "another server is running with the state directory " + directory.path().string());
    }
    log.warn("state-directory-not-locked", {{"why", std::generic_category().message(error)}});
}

} // namespace vv::net
