#include "net/websocket_upgrade.h"

#include "base/ascii.h"
#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>

namespace vv::net {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 §1.3
constexpr std::string_view kVersion = "13";
constexpr std::size_t kKeySize = 24; // 16 bytes in base64

bool is_key(std::string_view key) {
    if (key.size() != kKeySize || !key.ends_with("==")) return false;
    // Of the 22nd digit only the first two bits belong to the 16 bytes.
    constexpr std::string_view kLast = "AQgw";
    const auto is_digit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
    };
    return std::ranges::all_of(key.substr(0, kKeySize - 2), is_digit) && kLast.contains(key[kKeySize - 3]);
}

std::string without_port(std::string host, std::string_view port) {
    if (host.ends_with(port)) host.resize(host.size() - port.size());
    return host;
}

HttpResponse upgrade_required(std::string_view line) {
    HttpResponse response = plain_response(426, line);
    response.headers.push_back({"Upgrade", "websocket"});
    response.headers.push_back({"Sec-WebSocket-Version", std::string(kVersion)});
    return response;
}

bool may_speak(const HttpRequest& request, const UpgradePolicy& policy) {
    const auto origin = request.header("origin");
    if (!origin) return true; // not a browser: it could have written anything
    if (request.header_count("origin") > 1) return false;
    const std::string_view host = policy.host.empty() ? request.header("host").value_or("") : policy.host;
    if (is_same_origin(*origin, host)) return true;
    return std::ranges::find(policy.origins, ascii_lowered(*origin), ascii_lowered) != policy.origins.end();
}

} // namespace

bool is_same_origin(std::string_view origin, std::string_view host) {
    const std::string text = ascii_lowered(origin);
    const auto authority = text.find("://");
    if (authority == std::string::npos || host.empty()) return false;
    const std::string_view scheme = std::string_view(text).substr(0, authority);
    if (scheme != "http" && scheme != "https") return false;
    const std::string_view own_port = scheme == "https" ? ":443" : ":80";
    return without_port(text.substr(authority + 3), own_port) == without_port(ascii_lowered(host), own_port);
}

std::string accept_key(std::string_view key) {
    return base64_encode(crypto::sha1(as_bytes(std::string(key) + std::string(kGuid))));
}

HttpResponse answer_upgrade(const HttpRequest& request, const UpgradePolicy& policy) {
    if (request.method != "GET") return method_refused("A WebSocket begins with GET.", "GET");
    if (!request.upgrade || request.minor == 0 || !request.header_has_element("upgrade", "websocket")) {
        return upgrade_required("This address speaks WebSocket only.");
    }
    if (request.header("sec-websocket-version") != kVersion) {
        return upgrade_required("Only version 13 of WebSocket is spoken here.");
    }
    const auto key = request.header("sec-websocket-key");
    if (!key || request.header_count("sec-websocket-key") > 1 || !is_key(*key)) {
        return plain_response(400, "Sec-WebSocket-Key must be 16 bytes in base64.");
    }
    if (!request.header_has_element("sec-websocket-protocol", policy.subprotocol)) {
        return plain_response(400, "The subprotocol must be " + policy.subprotocol + ".");
    }
    if (!may_speak(request, policy)) {
        return plain_response(403, "Pages of this origin may not connect here.");
    }
    HttpResponse response;
    response.status = 101;
    response.headers = {{"Upgrade", "websocket"},
                        {"Connection", "Upgrade"},
                        {"Sec-WebSocket-Accept", accept_key(*key)},
                        {"Sec-WebSocket-Protocol", policy.subprotocol}};
    return response;
}

} // namespace vv::net
