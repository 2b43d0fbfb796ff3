// What a server answers to a client of ours: any bytes, cut anywhere, give the same answer within the limits; and what
// is left of a body once its coding is taken off stays within its limit too.
#include "base/assert.h"
#include "net/content_decoding.h"
#include "net/http_answer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace {

using namespace vv;
using namespace vv::net;

constexpr HttpAnswerLimits kLimits{.head_max = 2048, .headers_max = 20, .body_max = 4096, .preludes_max = 3};

std::optional<HttpAnswer> parse(ByteView bytes, std::size_t piece) {
    HttpAnswerParser parser(kLimits);
    while (!bytes.empty() && !parser.is_complete()) {
        const ByteView next = bytes.first(std::min(piece, bytes.size()));
        const auto taken = parser.handle_input(next);
        if (!taken) {
            VV_ASSERT(!parser.is_complete());
            VV_ASSERT(!parser.handle_input(next).has_value()); // and stays so
            return std::nullopt;
        }
        VV_ASSERT(*taken == next.size() || parser.is_complete());
        bytes = bytes.subspan(*taken);
    }
    if (!parser.is_complete() && !parser.handle_end()) return std::nullopt;
    return parser.take();
}

void check(const HttpAnswer& answer) {
    VV_ASSERT(answer.status >= 200 && answer.status < 1000);
    VV_ASSERT(answer.headers.size() <= kLimits.headers_max && answer.body.size() <= kLimits.body_max);
    for (const auto& header : answer.headers) {
        VV_ASSERT(!header.name.empty());
        VV_ASSERT(header.name.find_first_of("\r\n") == std::string::npos);
        VV_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
    }
}

void decode(ByteView bytes) {
    constexpr std::size_t kSizeMax = 65536;
    for (const std::string_view coding : {"gzip", "br", "identity"}) {
        const auto decoded = decode_content(coding, bytes, kSizeMax);
        if (!decoded) continue;
        VV_ASSERT(decoded->size() <= kSizeMax);
        const auto again = decode_content(coding, bytes, decoded->size());
        VV_ASSERT(again && *again == *decoded);
        VV_ASSERT(decoded->empty() || !decode_content(coding, bytes, decoded->size() - 1));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto whole = parse(bytes, std::max<std::size_t>(size, 1));
    for (const std::size_t piece : {std::size_t{1}, size == 0 ? std::size_t{1} : 2 + data[0] % std::size_t{61}}) {
        const auto other = parse(bytes, piece);
        VV_ASSERT(whole.has_value() == other.has_value());
        if (whole) VV_ASSERT(whole->status == other->status && whole->body == other->body);
    }
    if (whole) check(*whole);
    decode(bytes);
    return 0;
}
