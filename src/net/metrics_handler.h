// GET /metrics: the registry in Prometheus' text form, on a listener of its own.
#pragma once

#include "net/metrics.h"
#include "net/page_handler.h"

#include <functional>
#include <utility>

namespace vv::net {

class MetricsHandler final : public HttpHandler {
public:
    /// refresh brings up to date what is not counted as it happens.
    MetricsHandler(const Metrics& metrics, std::function<void()> refresh)
        : metrics_(metrics),
          refresh_(std::move(refresh)) {}

    [[nodiscard]] HttpResponse handle_request(const HttpRequest& request) const override;

private:
    const Metrics& metrics_;
    std::function<void()> refresh_;
};

} // namespace vv::net
