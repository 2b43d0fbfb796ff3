// What a server hands out for a call (caller::IceServer), as what gives a native peer
// its relays and its STUN servers.
#pragma once

#include "caller/ice_url.h"
#include "net/turn_link.h"
#include "signal/server_message.h"

#include <string>
#include <vector>

namespace vv::net {

[[nodiscard]] TurnLogin turn_login(const caller::IceUrl& url, const signal::IceServer& server,
                                   const std::string& trusted_pem = {});
/// Each relay once, in the order in which they are told. What cannot be read or is not spoken here is passed over.
[[nodiscard]] std::vector<TurnLogin> turn_logins(const std::vector<signal::IceServer>& servers,
                                                 const std::string& trusted_pem = {});
/// Each STUN server once, likewise; one by name has to be looked up (net/host_search).
[[nodiscard]] std::vector<caller::IceUrl> stun_urls(const std::vector<signal::IceServer>& servers);

} // namespace vv::net
