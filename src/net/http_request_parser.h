// HTTP/1.x requests out of bytes (RFC 9112), on http-parser. That library is
// lenient, so every byte of a head first passes our own check: CRLF line ends
// only, no folded lines, no control bytes, no blanks around names. What two
// servers could read in two ways is refused, not guessed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "net/http_message.h"

#include <cstdint>
#include <memory>

namespace vv::net {

struct HttpLimits {
    std::size_t request_line_max = 8192; // RFC 9112 §3 recommends at least 8 000
    std::size_t head_max = 16384;        // request line and headers together
    std::size_t headers_max = 100;
    std::size_t body_max = 1024; // bodies are read and dropped: no request of ours has one
};

class HttpRequestParser {
public:
    explicit HttpRequestParser(const HttpLimits& limits = {});
    HttpRequestParser(const HttpRequestParser&) = delete;
    HttpRequestParser& operator=(const HttpRequestParser&) = delete;
    ~HttpRequestParser();

    /// How many bytes were taken: all, or up to the end of the request. An error is the
    /// refusal to be sent; the connection then closes.
    [[nodiscard]] Result<std::size_t, HttpResponse> handle_input(ByteView bytes);
    [[nodiscard]] bool is_complete() const;
    /// Valid once complete.
    [[nodiscard]] const HttpRequest& request() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vv::net
