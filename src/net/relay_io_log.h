// How the relay's datagrams go in and out, as one line of the log.
#pragma once

#include "net/log.h"
#include "net/relay_shard.h"

#include <span>

namespace vv::net {

/// Once, at the start: whoever wonders at a relay's speed must be able to find out. One relay for each thread.
void log_relay_io(Log& log, std::span<const RelayShard* const> relays);

} // namespace vv::net
