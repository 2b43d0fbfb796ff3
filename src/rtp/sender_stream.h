// What one source that we send needs to know of itself: its next sequence number, its timestamps, what its sender
// reports say (RFC 3550 §6.4.1) and what the other end's reports say of it.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "rtp/ntp.h"
#include "rtp/packet.h"
#include "rtp/rtcp.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::rtp {

class SenderStream {
public:
    /// The first sequence number and timestamp are drawn (RFC 3550 §5.1), the number below 2^15: an end that misses
    /// the first packets must not miss a wrap, of which it could not know (RFC 3711 §3.3.1).
    SenderStream(Ssrc ssrc, std::uint32_t clock_rate, Rng& rng);

    /// The header of the next packet. media_time: in units of the clock, from any start.
    [[nodiscard]] Header next_header(std::uint8_t payload_type, bool marker, std::uint32_t media_time);
    /// That it has left. Padding does not count (RFC 3550 §6.4.1).
    void note_sent(Instant now, const Header& header, std::size_t payload_size);

    /// Nothing before the first packet.
    [[nodiscard]] std::optional<SenderInfo> make_report(Instant now, const NtpClock& clock) const;

    /// What the other end says of this source; the round trip is from its answer to our last report, if it is one.
    void handle_report(Instant now, const NtpClock& clock, const ReportBlock& block);
    [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }
    [[nodiscard]] const std::optional<ReportBlock>& last_report() const { return last_report_; }

    [[nodiscard]] Ssrc ssrc() const { return ssrc_; }
    [[nodiscard]] std::uint32_t packets() const { return packets_; }

private:
    struct Sent {
        Instant at;
        std::uint32_t timestamp;
    };

    Ssrc ssrc_;
    std::uint32_t clock_rate_;
    std::uint16_t next_sequence_;
    std::uint32_t first_timestamp_;
    std::optional<Sent> last_;
    std::uint32_t packets_ = 0;
    std::uint32_t octets_ = 0;
    std::optional<Duration> round_trip_;
    std::optional<ReportBlock> last_report_;
};

/// A length of time in units of a clock, wrapping as timestamps do.
[[nodiscard]] std::uint32_t ticks_of(Duration duration, std::uint32_t clock_rate);

} // namespace vv::rtp
