// One server for each state directory: two would keep reports in one file with keys that
// each turns for itself, and could leave the certificate of one beside the key of the other.
#pragma once

#include "net/log.h"
#include "net/state_dir.h"
#include "net/unique_fd.h"

namespace vv::net {

/// Held until destroyed, or until the process is gone however it ends. It is on the directory itself: there is no file
/// that could belong to somebody else or be deleted. The operator's commands need none.
class StateLock {
public:
    /// Throws PlaceError with one clear line if another server has it, std::runtime_error if it cannot be looked at.
    /// Where the file system has no locks the log says so, and two are not noticed.
    StateLock(const StateDir& directory, Log& log);

private:
    UniqueFd directory_;
};

} // namespace vv::net
