#include "crypto/siphash.h"

#include <bit>

namespace vv::crypto {
namespace {

struct State {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t block) {
        v3 ^= block;
        round();
        round();
        v0 ^= block;
    }
};

std::uint64_t read_little_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t{bytes[i]} << (8U * i);
    return value;
}

} // namespace

std::uint64_t siphash(const SipHashKey& key, ByteView bytes) {
    const std::uint64_t k0 = read_little_endian(ByteView(key).first(8));
    const std::uint64_t k1 = read_little_endian(ByteView(key).last(8));
    State state{k0 ^ 0x736F6D6570736575U, k1 ^ 0x646F72616E646F6DU, k0 ^ 0x6C7967656E657261U, k1 ^ 0x7465646279746573U};
    const std::uint64_t size_byte = std::uint64_t{bytes.size() & 0xFFU} << 56U;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8))
        state.absorb(read_little_endian(bytes.first(8)));
    state.absorb(read_little_endian(bytes) | size_byte);
    state.v2 ^= 0xFFU;
    for (int i = 0; i < 4; ++i)
        state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace vv::crypto
