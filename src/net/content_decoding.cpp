#include "net/content_decoding.h"

#include "base/ascii.h"

#include <array>
#include <brotli/decode.h>
#include <memory>

#define ZLIB_CONST // its input is not written to, and its types say so only with this
#include <zlib.h>

namespace vv::net {
namespace {

using Decoded = Result<ByteBuffer, DecodeFault>;
using Block = std::array<std::uint8_t, 16384>;

// False: that would be too much.
bool append(ByteBuffer& out, ByteView bytes, std::size_t size_max) {
    if (out.size() + bytes.size() > size_max) return false;
    out.insert(out.end(), bytes.begin(), bytes.end());
    return true;
}

// One member only, as every server sends it.
Decoded decode_gzip(ByteView bytes, std::size_t size_max) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    z_stream stream{};
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Failure(DecodeFault::kBroken);
    const std::unique_ptr<z_stream, decltype(&::inflateEnd)> owner(&stream, &::inflateEnd);
    stream.next_in = bytes.data();
    stream.avail_in = static_cast<uInt>(bytes.size());
    ByteBuffer out;
    Block block{};
    for (int status = Z_OK; status != Z_STREAM_END;) {
        stream.next_out = block.data();
        stream.avail_out = block.size();
        status = inflate(&stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) return Failure(DecodeFault::kBroken);
        if (!append(out, ByteView(block).first(block.size() - stream.avail_out), size_max)) {
            return Failure(DecodeFault::kTooLarge);
        }
    }
    if (stream.avail_in != 0) return Failure(DecodeFault::kBroken);
    return out;
}

Decoded decode_brotli(ByteView bytes, std::size_t size_max) {
    const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
    if (!decoder) return Failure(DecodeFault::kBroken);
    std::size_t left = bytes.size();
    const std::uint8_t* next = bytes.data();
    ByteBuffer out;
    Block block{};
    BrotliDecoderResult status = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        std::size_t room = block.size();
        std::uint8_t* to = block.data();
        status = BrotliDecoderDecompressStream(decoder.get(), &left, &next, &room, &to, nullptr);
        if (!append(out, ByteView(block).first(block.size() - room), size_max)) return Failure(DecodeFault::kTooLarge);
    }
    if (status != BROTLI_DECODER_RESULT_SUCCESS || left != 0) return Failure(DecodeFault::kBroken);
    return out;
}

} // namespace

Decoded decode_content(std::string_view coding, ByteView bytes, std::size_t size_max) {
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
        return decode_gzip(bytes, size_max);
    if (equal_ignoring_case(coding, "br")) return decode_brotli(bytes, size_max);
    if (!coding.empty() && !equal_ignoring_case(coding, "identity")) return Failure(DecodeFault::kUnknown);
    if (bytes.size() > size_max) return Failure(DecodeFault::kTooLarge);
    return ByteBuffer(bytes.begin(), bytes.end());
}

} // namespace vv::net
