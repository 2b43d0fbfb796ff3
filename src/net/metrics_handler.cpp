#include "net/metrics_handler.h"

namespace vv::net {

HttpResponse MetricsHandler::handle_request(const HttpRequest& request) const {
    if (request.path() != "/metrics") return plain_response(404, "The metrics are at /metrics.");
    if (!request.is_read()) return method_refused("Only GET and HEAD are answered here.");
    if (refresh_) refresh_();
    HttpResponse response;
    response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.body = metrics_.render();
    return response;
}

} // namespace vv::net
