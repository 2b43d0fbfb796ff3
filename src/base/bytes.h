// Bytes in network order: a reader that cannot run past its end and a writer
// that grows a buffer. Every codec in the project is written on these two.
#pragma once

#include "base/assert.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv {

using ByteView = std::span<const std::uint8_t>;
using ByteBuffer = std::vector<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads big-endian integers and slices. A read past the end returns nothing
/// and leaves the position where it was.
class ByteReader {
public:
    explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }
    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] bool at_end() const { return remaining() == 0; }

    std::optional<std::uint8_t> read_u8() {
        if (remaining() < 1) return std::nullopt;
        return bytes_[position_++];
    }
    std::optional<std::uint16_t> read_u16() { return read_integer<std::uint16_t>(); }
    std::optional<std::uint32_t> read_u32() { return read_integer<std::uint32_t>(); }
    std::optional<std::uint64_t> read_u64() { return read_integer<std::uint64_t>(); }

    std::optional<ByteView> read_slice(std::size_t size) {
        if (remaining() < size) return std::nullopt;
        const ByteView slice = bytes_.subspan(position_, size);
        position_ += size;
        return slice;
    }

private:
    template <typename Integer>
    std::optional<Integer> read_integer() {
        if (remaining() < sizeof(Integer)) return std::nullopt;
        Integer value = 0;
        for (std::size_t i = 0; i < sizeof(Integer); ++i) {
            value = static_cast<Integer>((value << 8U) | bytes_[position_++]);
        }
        return value;
    }

    ByteView bytes_;
    std::size_t position_ = 0;
};

/// Appends big-endian integers and slices to a buffer the caller owns.
class ByteWriter {
public:
    explicit ByteWriter(ByteBuffer& out) : out_(out) {}

    void write_u8(std::uint8_t value) { out_.push_back(value); }
    void write_u16(std::uint16_t value) { write_integer(value); }
    void write_u32(std::uint32_t value) { write_integer(value); }
    void write_u64(std::uint64_t value) { write_integer(value); }
    void write(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    void write_zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }
    /// Overwrites two bytes written earlier, for lengths known only afterwards.
    void patch_u16(std::size_t position, std::uint16_t value) {
        VV_ASSERT(position + 2 <= out_.size());
        out_[position] = static_cast<std::uint8_t>(value >> 8U);
        out_[position + 1] = static_cast<std::uint8_t>(value);
    }
    [[nodiscard]] std::size_t size() const { return out_.size(); }

private:
    template <typename Integer>
    void write_integer(Integer value) {
        for (std::size_t i = sizeof(Integer); i-- > 0;) {
            out_.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
        }
    }

    ByteBuffer& out_;
};

} // namespace vv
