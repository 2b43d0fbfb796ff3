#include "net/page_handler.h"

#include <algorithm>
#include <iterator>

namespace vv::net {
namespace {

HttpResponse not_allowed() {
    return method_refused("Only GET and HEAD are answered here.");
}

std::string_view suffix(ContentEncoding encoding) {
    switch (encoding) {
    case ContentEncoding::kBrotli:
        return "br";
    case ContentEncoding::kGzip:
        return "gzip";
    case ContentEncoding::kIdentity:
        break;
    }
    return {};
}

// Encodings are different representations, so their strong tags differ (RFC 9110 §8.8.3.3): "hash" and "hash-br".
std::string tag_of(const Asset& asset, ContentEncoding encoding) {
    std::string tag(asset.etag);
    if (encoding == ContentEncoding::kIdentity || tag.empty()) return tag;
    tag.insert(tag.size() - 1, "-" + std::string(suffix(encoding)));
    return tag;
}

ByteView bytes_of(const Asset& asset, ContentEncoding encoding) {
    if (encoding == ContentEncoding::kBrotli) return asset.brotli;
    if (encoding == ContentEncoding::kGzip) return asset.gzip;
    return asset.identity;
}

// RFC 9110 §13.1.2 compares weakly, so a proxy's W/ is no difference.
bool matches(const HttpRequest& request, const std::string& tag) {
    return request.header_has_element("if-none-match", tag) ||
           request.header_has_element("if-none-match", "W/" + tag) || request.header_has_element("if-none-match", "*");
}

} // namespace

HttpResponse health_response(bool stopping) {
    HttpResponse response = plain_response(stopping ? 503 : 200, stopping ? "stopping" : "ok");
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

std::string content_security_policy(std::string_view host, std::span<const std::string> relays) {
    std::string connect = "'self'";
    if (!host.empty()) connect += " ws://" + std::string(host) + " wss://" + std::string(host);
    for (const std::string& origin : relays)
        connect += " " + origin;
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' "
           "blob:; "
           "connect-src " +
           connect +
           "; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'";
}

std::vector<HttpHeader> protecting_headers(std::string_view host, std::span<const std::string> relays) {
    return {{"Content-Security-Policy", content_security_policy(host, relays)},
            {"Referrer-Policy", "no-referrer"},
            {"X-Content-Type-Options", "nosniff"},
            {"Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"},
            {"Cross-Origin-Opener-Policy", "same-origin"}};
}

HttpResponse PageHandler::handle_request(const HttpRequest& request) const {
    const std::string_view path = request.path();
    if (path == kHealthPath) {
        return request.is_read() ? health_response(stopping_.load(std::memory_order_relaxed)) : not_allowed();
    }
    const auto asset = assets_.find(path);
    if (!asset) return plain_response(404, "Nothing is at this address.");
    return request.is_read() ? serve(request, *asset) : not_allowed();
}

HttpResponse PageHandler::serve(const HttpRequest& request, const Asset& asset) const {
    const auto encoding =
        choose_encoding(request.header("accept-encoding"), !asset.gzip.empty(), !asset.brotli.empty());
    HttpResponse response;
    auto& headers = response.headers;
    headers.push_back({"Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"});
    headers.push_back({"Vary", "Accept-Encoding"});
    const std::string tag = tag_of(asset, encoding);
    if (!tag.empty()) headers.push_back({"ETag", tag});
    const std::string_view host = options_.host.empty() ? request.header("host").value_or("") : options_.host;
    std::ranges::move(protecting_headers(host, options_.relays), std::back_inserter(headers));
    if (options_.strict_transport) headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
    if (!tag.empty() && matches(request, tag)) {
        response.status = 304;
        return response;
    }
    headers.push_back({"Content-Type", std::string(asset.content_type)});
    if (encoding != ContentEncoding::kIdentity) headers.push_back({"Content-Encoding", std::string(suffix(encoding))});
    response.lasting_body = bytes_of(asset, encoding);
    return response;
}

} // namespace vv::net
