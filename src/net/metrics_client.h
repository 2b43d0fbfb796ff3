// Asks a running server for its metrics, as Prometheus would: once, and waiting for the answer.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/socket_address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vv::net {

enum class MetricsFailure : std::uint8_t {
    kNobodyAnswers, // nor takes the connection in time
    kNoMetrics,     // what answers is something else, is not done in time, or says more than it may
};

/// Of the whole answer, its head too.
inline constexpr std::size_t kMetricsAnswerMax = std::size_t{4} * 1024 * 1024;

/// The text of GET /metrics there. Blocks, for no longer than the time given, from the connection to the last byte.
[[nodiscard]] Result<std::string, MetricsFailure> fetch_metrics(const SocketAddress& address,
                                                                Duration time_max = std::chrono::seconds(5));

} // namespace vv::net
