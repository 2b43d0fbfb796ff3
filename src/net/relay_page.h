// What GET gets from a server that only relays: /healthz, which pages of the
// signaling server time to find the nearest relay, and a sentence elsewhere.
#pragma once

#include "net/page_handler.h"

#include <atomic>

namespace vv::net {

class RelayPage final : public HttpHandler {
public:
    [[nodiscard]] HttpResponse handle_request(const HttpRequest& request) const override;
    /// From now on /healthz says 503. Any thread.
    void set_stopping() { stopping_.store(true, std::memory_order_relaxed); }

private:
    std::atomic<bool> stopping_ = false;
};

} // namespace vv::net
