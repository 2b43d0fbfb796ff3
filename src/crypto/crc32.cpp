#include "crypto/crc32.h"

#include <array>

namespace vv::crypto {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0xEDB88320U;

constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? (value >> 1U) ^ kReflectedPolynomial : value >> 1U;
        table[i] = value;
    }
    return table;
}();

} // namespace

std::uint32_t crc32_update(std::uint32_t checksum, ByteView bytes) {
    std::uint32_t state = ~checksum;
    for (const std::uint8_t byte : bytes)
        state = (state >> 8U) ^ kTable[(state ^ byte) & 0xFFU];
    return ~state;
}

std::uint32_t crc32(ByteView bytes) {
    return crc32_update(0, bytes);
}

} // namespace vv::crypto
