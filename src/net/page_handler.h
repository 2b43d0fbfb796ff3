// What GET gets: the page's files, and /healthz. Pure: a request in, a response out.
#pragma once

#include "net/assets.h"
#include "net/http_message.h"

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::net {

class HttpHandler {
public:
    HttpHandler() = default;
    HttpHandler(const HttpHandler&) = delete;
    HttpHandler& operator=(const HttpHandler&) = delete;
    virtual ~HttpHandler() = default;

    /// Any request that is not an upgrade. Called from every shard at once.
    [[nodiscard]] virtual HttpResponse handle_request(const HttpRequest& request) const = 0;
};

class PageHandler final : public HttpHandler {
public:
    struct Options {
        /// Strict-Transport-Security: only over TLS, and only with a certificate that browsers
        /// trust, or nobody could come back after the first visit.
        bool strict_transport = false;
        /// The page's authority; empty: each request's Host header.
        std::string host = {};
        /// Origins of relays elsewhere, which the page times.
        std::vector<std::string> relays = {};
    };

    PageHandler(const AssetStore& assets, Options options) : assets_(assets), options_(std::move(options)) {}

    [[nodiscard]] HttpResponse handle_request(const HttpRequest& request) const override;
    /// From now on /healthz says 503, so that a balancer sends nobody here. Any thread.
    void set_stopping() { stopping_.store(true, std::memory_order_relaxed); }

private:
    [[nodiscard]] HttpResponse serve(const HttpRequest& request, const Asset& asset) const;

    const AssetStore& assets_;
    const Options options_;
    std::atomic<bool> stopping_ = false;
};

inline constexpr std::string_view kHealthPath = "/healthz";
/// "ok", or 503 from a server that stops.
[[nodiscard]] HttpResponse health_response(bool stopping);

/// What every file of the page is sent with for the browser's protection. host and relays: as below.
[[nodiscard]] std::vector<HttpHeader> protecting_headers(std::string_view host,
                                                         std::span<const std::string> relays = {});

/// The policy of every page: nothing but our own files, a WebSocket to this host, which older browsers do not take for
/// 'self', and the relays. host is the page's authority, relays are origins.
[[nodiscard]] std::string content_security_policy(std::string_view host, std::span<const std::string> relays = {});

} // namespace vv::net
