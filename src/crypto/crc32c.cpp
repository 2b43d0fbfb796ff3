#include "crypto/crc32c.h"

#include <array>
#include <cstddef>

namespace vv::crypto {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82F63B78U;
// Bytes at a time: one by one the checksum would take longer than everything else that is done to a packet.
constexpr std::size_t kStride = 8;

using Table = std::array<std::uint32_t, 256>;

// kTables[n][b]: what the byte b does to the checksum once n zero bytes have followed it.
constexpr std::array<Table, kStride> kTables = [] {
    std::array<Table, kStride> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? (value >> 1U) ^ kReflectedPolynomial : value >> 1U;
        tables[0][i] = value;
    }
    for (std::size_t n = 1; n < kStride; ++n) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t before = tables[n - 1][i];
            tables[n][i] = (before >> 8U) ^ tables[0][before & 0xFFU];
        }
    }
    return tables;
}();

std::uint32_t little_endian(const std::uint8_t* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) | (static_cast<std::uint32_t>(bytes[1]) << 8U) |
           (static_cast<std::uint32_t>(bytes[2]) << 16U) | (static_cast<std::uint32_t>(bytes[3]) << 24U);
}

std::uint32_t step(std::uint32_t state, const std::uint8_t* bytes) {
    const std::uint32_t low = state ^ little_endian(bytes);
    const std::uint32_t high = little_endian(bytes + 4);
    return kTables[7][low & 0xFFU] ^ kTables[6][(low >> 8U) & 0xFFU] ^ kTables[5][(low >> 16U) & 0xFFU] ^
           kTables[4][low >> 24U] ^ kTables[3][high & 0xFFU] ^ kTables[2][(high >> 8U) & 0xFFU] ^
           kTables[1][(high >> 16U) & 0xFFU] ^ kTables[0][high >> 24U];
}

} // namespace

std::uint32_t crc32c_update(std::uint32_t checksum, ByteView bytes) {
    std::uint32_t state = ~checksum;
    std::size_t i = 0;
    for (; i + kStride <= bytes.size(); i += kStride)
        state = step(state, bytes.data() + i);
    for (; i < bytes.size(); ++i)
        state = (state >> 8U) ^ kTables[0][(state ^ bytes[i]) & 0xFFU];
    return ~state;
}

std::uint32_t crc32c(ByteView bytes) {
    return crc32c_update(0, bytes);
}

} // namespace vv::crypto
