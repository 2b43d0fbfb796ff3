// Takes off what a server has put on a body to make it smaller (RFC 9110 §8.4.1), as browsers do.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vv::net {

enum class DecodeFault : std::uint8_t {
    kUnknown,  // of a coding that nobody asked for
    kBroken,   // not what it says, cut short, or with more behind it
    kTooLarge, // more than was allowed for
};

/// coding: "gzip", "br", "identity" or "", case aside.
[[nodiscard]] Result<ByteBuffer, DecodeFault> decode_content(std::string_view coding, ByteView bytes,
                                                             std::size_t size_max);

} // namespace vv::net
