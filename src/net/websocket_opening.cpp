#include "net/websocket_opening.h"

#include "base/ascii.h"
#include "base/encoding.h"
#include "net/websocket_upgrade.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace vv::net {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find(kLineEnd));
    text.remove_prefix(std::min(text.size(), line.size() + kLineEnd.size()));
    return line;
}

// "HTTP/1.1 101 Switching Protocols"; 0: it is none (RFC 9112 §4).
int status_of(std::string_view line) {
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    constexpr std::size_t kDigits = 3;
    if (!line.starts_with(kVersion)) return 0;
    line.remove_prefix(kVersion.size());
    const std::string_view digits = line.substr(0, kDigits);
    int status = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
    const bool is_whole = error == std::errc{} && end == digits.data() + digits.size() && status >= 100;
    const bool is_alone = line.size() == kDigits || (line.size() > kDigits && line[kDigits] == ' ');
    return is_whole && is_alone ? status : 0;
}

// What a header says that must be there once; nothing: it is not, or twice.
std::optional<std::string_view> only_header(std::string_view lines, std::string_view name) {
    std::optional<std::string_view> value;
    while (!lines.empty()) {
        const std::string_view line = take_line(lines);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), name)) continue;
        if (value) return std::nullopt;
        value = trimmed(line.substr(colon + 1));
    }
    return value;
}

bool has_header(std::string_view lines, std::string_view name) {
    while (!lines.empty()) {
        const std::string_view line = take_line(lines);
        if (equal_ignoring_case(line.substr(0, line.find(':')), name)) return true;
    }
    return false;
}

bool has_element(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        const std::string_view element = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), element.size() + 1));
        if (equal_ignoring_case(trimmed(element), wanted)) return true;
    }
    return false;
}

} // namespace

WebSocketOpening::WebSocketOpening(const HttpUrl& url, std::string subprotocol, Rng& rng)
    : subprotocol_(std::move(subprotocol)),
      key_(base64_encode(rng.bytes<16>())),
      request_("GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
               "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
               key_ + "\r\nSec-WebSocket-Protocol: " + subprotocol_ + "\r\n\r\n") {}

Result<bool, OpeningFailure> WebSocketOpening::handle_input(ByteView bytes) {
    answer_ += as_text(bytes);
    const std::size_t end = answer_.find(kHeadEnd);
    if (end == std::string::npos) {
        if (answer_.size() > kOpeningMax) return Failure(OpeningFailure{OpeningFault::kUnreadable, 0});
        return false;
    }
    if (const auto failure = check_head(std::string_view(answer_).substr(0, end))) return Failure(*failure);
    answer_.erase(0, end + kHeadEnd.size());
    return true;
}

std::optional<OpeningFailure> WebSocketOpening::check_head(std::string_view head) const {
    if (head.size() > kOpeningMax) return OpeningFailure{OpeningFault::kUnreadable, 0};
    const int status = status_of(take_line(head));
    if (status == 0) return OpeningFailure{OpeningFault::kUnreadable, 0};
    if (status != 101) return OpeningFailure{OpeningFault::kRefused, status};
    const bool is_upgraded = equal_ignoring_case(only_header(head, "upgrade").value_or(""), "websocket") &&
                             has_element(only_header(head, "connection").value_or(""), "upgrade");
    const bool is_ours = only_header(head, "sec-websocket-accept") == accept_key(key_) &&
                         only_header(head, "sec-websocket-protocol") == subprotocol_;
    // None was offered, so none may be named, however often.
    const bool is_extended = has_header(head, "sec-websocket-extensions");
    if (!is_upgraded || !is_ours || is_extended) return OpeningFailure{OpeningFault::kWrong, status};
    return std::nullopt;
}

} // namespace vv::net
