// Asks a running server for its metrics, as Prometheus would: once, and waiting for the answer.
#pragma once

#include "base/result.h"
#include "base/socket_address.h"

#include <cstdint>
#include <string>

namespace vv::net {

enum class MetricsFailure : std::uint8_t {
    kNobodyAnswers,
    kNoMetrics, // what answers is something else, takes more than five seconds, or says more than 4 MiB
};

/// The text of GET /metrics there. Blocks, for five seconds with each step.
[[nodiscard]] Result<std::string, MetricsFailure> fetch_metrics(const SocketAddress& address);

} // namespace vv::net
