// The opening handshake (RFC 6455 §4.2) as a decision: a request in, the 101 or a
// refusal with its reason out.
#pragma once

#include "net/http_message.h"

#include <string>
#include <string_view>
#include <vector>

namespace vv::net {

struct UpgradePolicy {
    std::string subprotocol;
    /// Origins allowed besides the page's own: "https://example.org".
    std::vector<std::string> origins = {};
    /// The page's authority, "example.org:8443"; empty: each request's Host header.
    std::string host = {};
};

/// Status 101 if the connection now speaks WebSocket; otherwise the refusal.
[[nodiscard]] HttpResponse answer_upgrade(const HttpRequest& request, const UpgradePolicy& policy);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2 step 5).
[[nodiscard]] std::string accept_key(std::string_view key);

/// True if a page of this origin may speak to the host it names: same host, and same port
/// where the scheme's own port counts as none.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host);

} // namespace vv::net
