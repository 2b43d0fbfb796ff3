// AES in counter mode with HMAC-SHA1 over RTP and RTCP (RFC 3711 §4.1.1, §4.2.1): enciphered first, then authenticated
// with the index behind it. Here are counter blocks and the places of tag and index; who counts is protector.h.
#pragma once

#include "base/bytes.h"
#include "crypto/aes_ctr.h"
#include "crypto/keyed_hmac.h"
#include "crypto/secret_bytes.h"
#include "rtp/packet.h"
#include "srtp/key_derivation.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace vv::srtp {

/// RFC 3711 §5.2: 80 bits of the digest.
inline constexpr std::size_t kCmTagSize = 10;

/// Both directions; the calls are those of GcmSealer and GcmOpener (gcm.h).
class CmCipher {
public:
    explicit CmCipher(const SessionKeys& keys);

    void seal_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index);
    void seal_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc, std::uint32_t index);

    [[nodiscard]] bool open_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc,
                                std::uint64_t index);
    [[nodiscard]] bool open_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc);
    /// Before the tag.
    [[nodiscard]] static std::uint32_t rtcp_word(ByteView packet);

private:
    crypto::AesCtr cipher_;
    crypto::HmacSha1 mac_;
    crypto::SecretBytes salt_;
};

} // namespace vv::srtp
