#include "rtp/sender_stream.h"

#include "base/assert.h"

namespace vv::rtp {
namespace {

constexpr std::uint64_t kFirstSequenceBound = 1U << 15U;
// An answer that claims a longer way than this is about a report of long ago, or wrong.
constexpr std::chrono::seconds kRoundTripMax{60};

} // namespace

std::uint32_t ticks_of(Duration duration, std::uint32_t clock_rate) {
    // In two steps, since nanoseconds times a rate need not fit.
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    const std::int64_t rest = (duration - seconds).count() * std::int64_t{clock_rate} / 1'000'000'000;
    return static_cast<std::uint32_t>(seconds.count() * std::int64_t{clock_rate} + rest);
}

SenderStream::SenderStream(Ssrc ssrc, std::uint32_t clock_rate, Rng& rng)
    : ssrc_(ssrc),
      clock_rate_(clock_rate),
      next_sequence_(static_cast<std::uint16_t>(rng.below(kFirstSequenceBound))),
      first_timestamp_(static_cast<std::uint32_t>(rng.next_u64())) {
    VV_ASSERT(clock_rate > 0);
}

Header SenderStream::next_header(std::uint8_t payload_type, bool marker, std::uint32_t media_time) {
    return {marker, payload_type, next_sequence_++, first_timestamp_ + media_time, ssrc_};
}

void SenderStream::note_sent(Instant now, const Header& header, std::size_t payload_size) {
    // The first packet of a picture says when it was; those behind it only wait their turn.
    if (!last_ || last_->timestamp != header.timestamp) last_ = Sent{now, header.timestamp};
    ++packets_;
    octets_ += static_cast<std::uint32_t>(payload_size);
}

std::optional<SenderInfo> SenderStream::make_report(Instant now, const NtpClock& clock) const {
    if (!last_) return std::nullopt;
    return SenderInfo{.ntp = clock.at(now),
                      .rtp_timestamp = last_->timestamp + ticks_of(now - last_->at, clock_rate_),
                      .packets = packets_,
                      .octets = octets_};
}

void SenderStream::handle_report(Instant now, const NtpClock& clock, const ReportBlock& block) {
    if (block.source != ssrc_) return;
    last_report_ = block;
    if (block.last_report == 0) return;
    const std::uint32_t units = middle_of(clock.at(now)) - block.last_report - block.delay;
    // RFC 3550 §6.4.1: clocks that run apart can make it come out below zero on a short way.
    const Duration round_trip = static_cast<std::int32_t>(units) < 0 ? Duration::zero() : duration_from_middle(units);
    if (round_trip <= kRoundTripMax) round_trip_ = round_trip;
}

} // namespace vv::rtp
