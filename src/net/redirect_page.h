// What GET gets on a port without TLS from a server whose page has a certificate:
// the way to the same place over HTTPS, and /healthz, for which nobody has to go
// there.
#pragma once

#include "net/page_handler.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

class RedirectPage final : public HttpHandler {
public:
    /// pages: who answers /healthz; outlives this. host: the page's authority; empty: the name that the request has in
    /// its Host header, if it is one, and `port`.
    RedirectPage(const HttpHandler& pages, std::string host, std::uint16_t port);

    [[nodiscard]] HttpResponse handle_request(const HttpRequest& request) const override;

private:
    const HttpHandler& pages_;
    const std::string host_;
    const std::uint16_t port_;
};

/// "example.org", "192.0.2.1" and "[2001:db8::1]" of an authority with or without a port (RFC 3986 §3.2), as it stands
/// there. Nothing for what is none, such as one with a user's name in front of the host.
[[nodiscard]] std::optional<std::string_view> host_of(std::string_view authority);

} // namespace vv::net
