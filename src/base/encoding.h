// Text forms of bytes: base64url without padding (RFC 4648 §5), which the
// signaling protocol uses throughout, and lower-case hex.
#pragma once

#include "base/bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace vv {

[[nodiscard]] std::string base64url_encode(ByteView bytes);
/// Strict: no padding, no other alphabet, no bits set past the last byte.
[[nodiscard]] std::optional<ByteBuffer> base64url_decode(std::string_view text);

/// RFC 4648 §4 with padding, as HTTP headers want it.
[[nodiscard]] std::string base64_encode(ByteView bytes);

[[nodiscard]] std::string hex_encode(ByteView bytes);
/// Accepts both cases; an odd number of digits is refused.
[[nodiscard]] std::optional<ByteBuffer> hex_decode(std::string_view text);

/// True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_valid_utf8(ByteView bytes);
/// Code points of well-formed UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view utf8);

} // namespace vv
