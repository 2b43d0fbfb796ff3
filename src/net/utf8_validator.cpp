#include "net/utf8_validator.h"

namespace vv::net {

bool Utf8Validator::accept(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        if (missing_ == 0) {
            if (byte >= 0x80 && !begin(byte)) return false;
            continue;
        }
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xBF;
        --missing_;
    }
    return true;
}

// The lead byte decides how many follow and, for five of them, narrows the first that does (RFC 3629 §4).
bool Utf8Validator::begin(std::uint8_t byte) {
    if (byte >= 0xC2 && byte <= 0xDF) {
        missing_ = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        missing_ = 2;
        if (byte == 0xE0) low_ = 0xA0;
        if (byte == 0xED) high_ = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        missing_ = 3;
        if (byte == 0xF0) low_ = 0x90;
        if (byte == 0xF4) high_ = 0x8F;
    } else {
        return false;
    }
    return true;
}

} // namespace vv::net
