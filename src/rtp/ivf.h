// Recordings of VP8 as IVF files, as libvpx reads and writes them: a reader over the bytes of one, and a writer that
// appends to a buffer whose owner stores them. All numbers are little-endian.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::rtp {

inline constexpr std::size_t kIvfHeadSize = 32;
/// A longer picture is refused.
inline constexpr std::size_t kIvfPictureSizeMax = 1U << 20U;

/// Times are in units of `numerator / denominator` seconds.
struct IvfHead {
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint32_t denominator = 90'000;
    std::uint32_t numerator = 1;
    friend bool operator==(const IvfHead&, const IvfHead&) = default;
};

enum class IvfError : std::uint8_t {
    kNotIvf,    ///< it does not begin as IVF, or its unit of time is nothing
    kNotVp8,    ///< another codec's
    kTruncated, ///< it ends within a picture
    kTooLong,   ///< a picture over kIvfPictureSizeMax
};

struct IvfPicture {
    std::uint64_t time = 0;
    ByteView bytes{}; ///< into the file
};

class IvfReader {
public:
    /// file: outlives the reader.
    [[nodiscard]] static Result<IvfReader, IvfError> open(ByteView file);

    [[nodiscard]] const IvfHead& head() const { return head_; }
    /// Nothing: the end.
    [[nodiscard]] Result<std::optional<IvfPicture>, IvfError> next_picture();

private:
    IvfReader(ByteView pictures, const IvfHead& head) : rest_(pictures), head_(head) {}

    ByteView rest_;
    IvfHead head_;
};

class IvfWriter {
public:
    /// Writes the header. out outlives the writer; its owner may take bytes off between calls.
    IvfWriter(ByteBuffer& out, const IvfHead& head);

    void write(std::uint64_t time, ByteView picture);

private:
    ByteBuffer& out_;
};

} // namespace vv::rtp
