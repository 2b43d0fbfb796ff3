// The lobby's own counts as metrics.
#pragma once

#include "lobby/lobby.h"
#include "net/metrics.h"

namespace vv::net {

/// Brings the registry up to date. One thread only: counters are moved on by their difference.
void publish_lobby_stats(Metrics& metrics, const lobby::LobbyStats& stats);

} // namespace vv::net
