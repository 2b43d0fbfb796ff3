// UTF-8 checked piece by piece (RFC 3629: no surrogates, no overlong forms,
// nothing above U+10FFFF), for text that arrives in fragments.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace vv::net {

class Utf8Validator {
public:
    /// False from the first byte that cannot be part of well-formed text; then it stays useless.
    [[nodiscard]] bool accept(ByteView bytes);
    /// False in the middle of a character.
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }

private:
    [[nodiscard]] bool begin(std::uint8_t byte);

    std::uint8_t missing_ = 0; // continuation bytes still to come
    std::uint8_t low_ = 0x80;  // what the next of them may be
    std::uint8_t high_ = 0xBF;
};

} // namespace vv::net
