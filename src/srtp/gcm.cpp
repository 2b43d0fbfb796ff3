#include "srtp/gcm.h"

#include "base/assert.h"
#include "srtp/wire.h"

#include <algorithm>
#include <array>

namespace vv::srtp {
namespace {

using crypto::GcmTag;
using crypto::kGcmTagSize;

using Nonce = std::array<std::uint8_t, crypto::kGcmNonceSize>;

// RFC 7714 §8.1, §9.1: two zero bytes, the source, the index in 48 bits, all XOR the salt. RTCP's index of 31 bits
// stands at the end with zeros before it, which is the same.
Nonce nonce_of(const crypto::SecretBytes& salt, rtp::Ssrc ssrc, std::uint64_t index) {
    Nonce nonce{};
    std::ranges::copy(salt.view(), nonce.begin());
    xor_integer(std::span(nonce).subspan<2, 4>(), ssrc.value());
    xor_integer(std::span(nonce).subspan<6, 6>(), index);
    return nonce;
}

GcmTag tag_at(std::span<const std::uint8_t> bytes) {
    GcmTag tag{};
    std::ranges::copy(bytes.first<kGcmTagSize>(), tag.begin());
    return tag;
}

constexpr std::size_t kRtcpTrailer = kGcmTagSize + kRtcpWordSize;

} // namespace

GcmSealer::GcmSealer(const SessionKeys& keys) : cipher_(keys.cipher_key.view()), salt_(keys.salt) {
    VV_ASSERT(salt_.view().size() == crypto::kGcmNonceSize);
}

void GcmSealer::seal_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index) {
    const auto clear = packet.first(header);
    const auto payload = packet.subspan(header, packet.size() - header - kGcmTagSize);
    const GcmTag tag = cipher_.seal(nonce_of(salt_, ssrc, index), {clear}, payload);
    std::ranges::copy(tag, packet.last<kGcmTagSize>().begin());
}

void GcmSealer::seal_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc, std::uint32_t index) {
    const auto word = packet.last<kRtcpWordSize>();
    put_u32(word, kRtcpEncrypted | index);
    const auto clear = packet.first(kRtcpClearSize);
    const auto secret = packet.subspan(kRtcpClearSize, packet.size() - kRtcpClearSize - kRtcpTrailer);
    const GcmTag tag = cipher_.seal(nonce_of(salt_, ssrc, index), {clear, word}, secret); // RFC 7714 §9.2
    std::ranges::copy(tag, packet.last<kRtcpTrailer>().begin());
}

GcmOpener::GcmOpener(const SessionKeys& keys) : cipher_(keys.cipher_key.view()), salt_(keys.salt) {
    VV_ASSERT(salt_.view().size() == crypto::kGcmNonceSize);
}

bool GcmOpener::open_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index) {
    const auto payload = packet.subspan(header, packet.size() - header - kGcmTagSize);
    const GcmTag tag = tag_at(packet.last<kGcmTagSize>());
    return cipher_.open(nonce_of(salt_, ssrc, index), {packet.first(header)}, payload, tag);
}

bool GcmOpener::open_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc) {
    const std::uint32_t word = rtcp_word(packet);
    const auto tag = tag_at(packet.last<kRtcpTrailer>());
    const auto plain = packet.first(packet.size() - kRtcpTrailer);
    const auto nonce = nonce_of(salt_, ssrc, word & ~kRtcpEncrypted);
    const auto word_bytes = packet.last<kRtcpWordSize>();
    // RFC 7714 §9.3: what is not enciphered is associated data as a whole.
    if ((word & kRtcpEncrypted) == 0) return cipher_.open(nonce, {plain, word_bytes}, {}, tag);
    return cipher_.open(nonce, {plain.first(kRtcpClearSize), word_bytes}, plain.subspan(kRtcpClearSize), tag);
}

std::uint32_t GcmOpener::rtcp_word(ByteView packet) {
    return read_u32(packet.last<kRtcpWordSize>());
}

} // namespace vv::srtp
