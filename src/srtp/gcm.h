// AES-GCM over RTP and RTCP (RFC 7714): the payload is enciphered and the header authenticated with it in one go. Here
// are the nonces, the associated data and the places of tag and index; who counts the indexes is protector.h. Each
// keeps a context with its key, 1.3 kB, rather than share one and give it the key anew for each packet, which takes a
// quarter of the time more (docs/bench.md).
#pragma once

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/secret_bytes.h"
#include "rtp/packet.h"
#include "srtp/key_derivation.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace vv::srtp {

class GcmSealer {
public:
    explicit GcmSealer(const SessionKeys& keys);

    /// packet: to the end of the tag, whose place is its last 16 bytes. header: bytes left in clear.
    void seal_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc, std::uint64_t index);
    /// packet: to the end of the trailer, tag and index.
    void seal_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc, std::uint32_t index);

private:
    crypto::AesGcmSealer cipher_;
    crypto::SecretBytes salt_;
};

class GcmOpener {
public:
    explicit GcmOpener(const SessionKeys& keys);

    /// False: not authentic. The packet is long enough for header and tag.
    [[nodiscard]] bool open_rtp(std::span<std::uint8_t> packet, std::size_t header, rtp::Ssrc ssrc,
                                std::uint64_t index);
    [[nodiscard]] bool open_rtcp(std::span<std::uint8_t> packet, rtp::Ssrc ssrc);
    /// The word with the flag E and the index, where this profile puts it: last.
    [[nodiscard]] static std::uint32_t rtcp_word(ByteView packet);

private:
    crypto::AesGcmOpener cipher_;
    crypto::SecretBytes salt_;
};

} // namespace vv::srtp
