#include "caller/sealed_body.h"

#include "base/bytes.h"
#include "base/encoding.h"

namespace vv::caller {
namespace {

// Counters beyond this are not exact at a page's end, which counts in JavaScript's numbers.
constexpr std::uint64_t kCounterMax = (std::uint64_t{1} << 53U) - 1;

} // namespace

std::string BodySealer::seal(std::string_view call, std::string_view text) {
    const std::uint64_t counter = sent_++;
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u64(counter);
    writer.write(cipher_.seal(counter, as_bytes(call), as_bytes(text)));
    return base64url_encode(bytes);
}

std::optional<std::string> BodyOpener::open(std::string_view call, std::string_view body) {
    const auto bytes = base64url_decode(body);
    if (!bytes) return std::nullopt;
    ByteReader reader(*bytes);
    const auto counter = reader.read_u64();
    if (!counter || *counter < next_ || *counter > kCounterMax) return std::nullopt;
    const ByteView sealed = reader.read_slice(reader.remaining()).value_or(ByteView());
    const auto plain = cipher_.open(*counter, as_bytes(call), sealed);
    if (!plain) return std::nullopt;
    next_ = *counter + 1;
    if (!is_valid_utf8(*plain)) return std::nullopt;
    return std::string(as_text(*plain));
}

} // namespace vv::caller
