// Which relays somebody who hides the address asks. To ask a machine for a relay is to
// show it the address, and a server that lies could name the partner's own. So only
// the host of the page's own address is asked, and nobody for STUN: whatever else is
// named is asked for there, with its port and transport, which is where a server's own
// relay stands (docs/protocol.md).
#pragma once

#include "signal/server_message.h"

#include <string_view>
#include <vector>

namespace vv::caller {

/// host: the authority of the page's address, which may have a port. A page from this machine itself, whose server is
/// nobody else's, asks whomever that names.
[[nodiscard]] std::vector<signal::IceServer> own_relays(const std::vector<signal::IceServer>& servers,
                                                        std::string_view host);
[[nodiscard]] bool has_relay(const std::vector<signal::IceServer>& servers);

} // namespace vv::caller
