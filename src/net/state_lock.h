// One server for each state directory: two would keep reports in one file with keys that
// each turns for itself, and take each other's certificate for their own.
#pragma once

#include "net/state_dir.h"
#include "net/unique_fd.h"

namespace vv::net {

/// Held until destroyed, or until the process is gone however it ends. The operator's commands need none.
class StateLock {
public:
    /// Throws std::runtime_error with one clear line if another server has it.
    explicit StateLock(const StateDir& directory);

private:
    UniqueFd file_;
};

} // namespace vv::net
