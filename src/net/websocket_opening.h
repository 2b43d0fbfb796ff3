// The beginning of a WebSocket as a client makes it (RFC 6455 §4.1): the request, and
// whether the answer is the one to it. No I/O.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "net/http_url.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vv::net {

/// Of the answer's head.
inline constexpr std::size_t kOpeningMax = std::size_t{16} * 1024;

enum class OpeningFault : std::uint8_t {
    kUnreadable, ///< no HTTP, or a head that is too long
    kRefused,    ///< HTTP, with another status than 101
    kWrong,      ///< 101, and not the answer to this request
};
struct OpeningFailure {
    OpeningFault fault{};
    int status = 0;
};

class WebSocketOpening {
public:
    /// rng: cryptographic, as the key asks for.
    WebSocketOpening(const HttpUrl& url, std::string subprotocol, Rng& rng);

    [[nodiscard]] const std::string& request() const { return request_; }
    /// True once the WebSocket has begun: what take_rest() then holds is its first frames.
    [[nodiscard]] Result<bool, OpeningFailure> handle_input(ByteView bytes);
    [[nodiscard]] std::string take_rest() { return std::move(answer_); }

private:
    [[nodiscard]] std::optional<OpeningFailure> check_head(std::string_view head) const;

    std::string subprotocol_;
    std::string key_;
    std::string request_;
    std::string answer_;
};

} // namespace vv::net
