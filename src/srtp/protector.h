// SRTP and SRTCP for what one end sends (RFC 3711, RFC 7714): packets are enciphered and authenticated where they
// stand, and grow by a tag. Takes memory for a source's first packet only.
#pragma once

#include "base/result.h"
#include "rtp/packet.h"
#include "srtp/cm.h"
#include "srtp/error.h"
#include "srtp/gcm.h"
#include "srtp/profile.h"
#include "srtp/replay_window.h"
#include "srtp/stream_table.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace vv::srtp {

/// May a sequence number be sent again? Two packets under one number give away what both say, and with GCM how to
/// forge more. Only for who sends the same packet again byte for byte, as an answer to a NACK without RTX.
enum class Repeats : std::uint8_t { kRefused, kAllowed };

class Protector {
public:
    Protector(Profile profile, const MasterKey& master, Repeats repeats = Repeats::kRefused);

    /// buffer: the packet in its first `size` bytes, and room for rtp_overhead more. Gives the new size. A source's
    /// sequence numbers may come in any order, but never more than 2^15 from the highest so far.
    [[nodiscard]] Result<std::size_t, Error> protect_rtp(std::span<std::uint8_t> buffer, std::size_t size);
    /// The same for a compound packet, and rtcp_overhead.
    [[nodiscard]] Result<std::size_t, Error> protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size);

    [[nodiscard]] Profile profile() const { return profile_; }

private:
    using Cipher = std::variant<GcmSealer, CmCipher>;
    /// RFC 3711 §3.4: the index of the next packet, from zero.
    struct RtcpStream {
        std::uint32_t next_index = 0;
    };

    [[nodiscard]] static Cipher make_cipher(Profile profile, const SessionKeys& keys);

    Profile profile_;
    Repeats repeats_;
    Cipher rtp_;
    Cipher rtcp_;
    StreamTable<ReplayWindow> rtp_streams_;
    StreamTable<RtcpStream> rtcp_streams_;
};

} // namespace vv::srtp
