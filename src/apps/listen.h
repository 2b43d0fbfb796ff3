// Where the program listens, once it is known which addresses the machine has.
#pragma once

#include "base/socket_address.h"

#include <span>
#include <vector>

namespace vv::apps {

/// "localhost" and "*" stand for an address of each family. On a machine that lacks one of the two the other alone is
/// meant; an address that stands alone is taken at its word.
[[nodiscard]] std::vector<SocketAddress> without_absent_family(std::vector<SocketAddress> listen,
                                                               std::span<const IpAddress> interfaces);

} // namespace vv::apps
