#include "srtp/cm.h"

#include "base/assert.h"
#include "crypto/secret.h"
#include "srtp/packet_index.h"
#include "srtp/wire.h"

#include <algorithm>
#include <array>

namespace vv::srtp {
namespace {

using crypto::CounterBlock;

// RFC 3711 §4.1.1: salt * 2^16 XOR source * 2^64 XOR index * 2^16. The last 16 bits count the blocks.
CounterBlock first_block(const crypto::SecretBytes& salt, rtp::Ssrc ssrc, std::uint64_t index) {
    CounterBlock block{};
    std::ranges::copy(salt.view(), block.begin());
    xor_integer(std::span(block).subspan<4, 4>(), ssrc.value());
    xor_integer(std::span(block).subspan<8, 6>(), index);
    return block;
}

std::array<std::uint8_t, 4> rollover_bytes(std::uint64_t index) {
    std::array<std::uint8_t, 4> bytes{};
    put_u32(bytes, rollover_of(index));
    return bytes;
}

void put_tag(const crypto::Sha1Digest& digest, std::span<std::uint8_t, kCmTagSize> out) {
    std::ranges::copy(std::span(digest).first<kCmTagSize>(), out.begin());
}

bool has_tag(const crypto::Sha1Digest& digest, ByteView tag) {
    return crypto::constant_time_equal(std::span(digest).first<kCmTagSize>(), tag);
}

} // namespace

CmCipher::CmCipher(const SessionKeys& keys)
    : cipher_(keys.cipher_key.view()),
      mac_(keys.auth_key.view()),
      salt_(keys.salt) {
    VV_ASSERT(salt_.view().size() == salt_size(Profile::kAes128CmSha1));
}

void CmCipher::seal_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index) {
    const auto signed_part = packet.first(packet.size() - kCmTagSize);
    cipher_.apply(first_block(salt_, ssrc, index), signed_part.subspan(header));
    // RFC 3711 §4.2: the rollover counter is authenticated and not sent.
    put_tag(mac_.digest({signed_part, rollover_bytes(index)}), packet.last<kCmTagSize>());
}

void CmCipher::seal_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc, std::uint32_t index) {
    const auto signed_part = packet.first(packet.size() - kCmTagSize);
    const auto plain = signed_part.first(signed_part.size() - kRtcpWordSize);
    cipher_.apply(first_block(salt_, ssrc, index), plain.subspan(kRtcpClearSize));
    put_u32(signed_part.last<kRtcpWordSize>(), kRtcpEncrypted | index);
    put_tag(mac_.digest({signed_part}), packet.last<kCmTagSize>());
}

bool CmCipher::open_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index) {
    const auto signed_part = packet.first(packet.size() - kCmTagSize);
    if (!has_tag(mac_.digest({signed_part, rollover_bytes(index)}), packet.last<kCmTagSize>())) return false;
    cipher_.apply(first_block(salt_, ssrc, index), signed_part.subspan(header));
    return true;
}

bool CmCipher::open_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc) {
    const auto signed_part = packet.first(packet.size() - kCmTagSize);
    if (!has_tag(mac_.digest({signed_part}), packet.last<kCmTagSize>())) return false;
    const std::uint32_t word = rtcp_word(packet);
    if ((word & kRtcpEncrypted) == 0) return true;
    const auto secret = signed_part.first(signed_part.size() - kRtcpWordSize).subspan(kRtcpClearSize);
    cipher_.apply(first_block(salt_, ssrc, word & ~kRtcpEncrypted), secret);
    return true;
}

std::uint32_t CmCipher::rtcp_word(ByteView packet) {
    return read_u32(packet.last<kCmTagSize + kRtcpWordSize>().first<kRtcpWordSize>());
}

} // namespace vv::srtp
