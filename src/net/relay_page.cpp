#include "net/relay_page.h"

namespace vv::net {

HttpResponse RelayPage::handle_request(const HttpRequest& request) const {
    if (request.path() != kHealthPath) {
        return plain_response(404, "This server only relays calls; its page is elsewhere.");
    }
    if (!request.is_read()) return method_refused("Only GET and HEAD are answered here.");
    HttpResponse response = health_response(stopping_.load(std::memory_order_relaxed));
    // Nothing here is anybody's secret, so any page may read it, and how long it took.
    response.headers.push_back({"Access-Control-Allow-Origin", "*"});
    response.headers.push_back({"Timing-Allow-Origin", "*"});
    return response;
}

} // namespace vv::net
