// `visavis relay status`: what the relay on this machine is doing, for a person, from
// the metrics it serves.
#pragma once

#include "base/socket_address.h"

#include <string>
#include <string_view>

namespace vv::apps {

/// The text of GET /metrics there. Throws std::runtime_error with one line that says what to do.
[[nodiscard]] std::string metrics_or_reason(const SocketAddress& address);

/// metrics: Prometheus text. What has never happened is left out. Throws std::runtime_error if there is no relay in it.
[[nodiscard]] std::string describe_relay(std::string_view metrics);

} // namespace vv::apps
