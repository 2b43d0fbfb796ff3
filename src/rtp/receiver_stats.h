// What a receiver counts of one source, and says of it in reports: loss (RFC 3550 A.3) and jitter (A.8).
#pragma once

#include "base/instant.h"
#include "rtp/ntp.h"
#include "rtp/packet.h"
#include "rtp/rtcp.h"
#include "rtp/unwrapper.h"

#include <cstdint>
#include <optional>

namespace vv::rtp {

class ReceiverStats {
public:
    /// start: any moment before the first packet.
    ReceiverStats(Ssrc source, std::uint32_t clock_rate, Instant start);

    /// Every packet that SRTP let in, and once each. SRTP has made sure of the source, so there is no time on trial
    /// (RFC 3550 A.1).
    void handle_packet(Instant now, const Header& header);
    void handle_sender_report(Instant now, const SenderInfo& info);

    /// Nothing before the first packet. Begins the next interval for fraction_lost.
    [[nodiscard]] std::optional<ReportBlock> make_report(Instant now);

    [[nodiscard]] Ssrc source() const { return source_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }
    /// Below zero if packets came twice.
    [[nodiscard]] std::int64_t lost() const { return expected() - static_cast<std::int64_t>(received_); }
    [[nodiscard]] Duration jitter() const;

private:
    struct Heard {
        Instant at;
        NtpTime ntp;
    };

    [[nodiscard]] std::int64_t expected() const { return first_ ? highest_ - *first_ + 1 : 0; }
    void note_transit(Instant now, std::uint32_t timestamp);

    Ssrc source_;
    std::uint32_t clock_rate_;
    Instant start_;
    SequenceUnwrapper sequences_;
    std::optional<std::int64_t> first_;
    std::int64_t highest_ = 0;
    std::uint64_t received_ = 0;
    std::int64_t expected_before_ = 0;
    std::uint64_t received_before_ = 0;
    std::optional<std::uint32_t> transit_;
    std::uint32_t jitter_16ths_ = 0; // A.8 keeps four bits of fraction
    std::optional<Heard> last_sender_report_;
};

} // namespace vv::rtp
