#include "rtp/receiver_stats.h"

#include "base/assert.h"
#include "rtp/sender_stream.h"

#include <algorithm>

namespace vv::rtp {

ReceiverStats::ReceiverStats(Ssrc source, std::uint32_t clock_rate, Instant start)
    : source_(source),
      clock_rate_(clock_rate),
      start_(start) {
    VV_ASSERT(clock_rate > 0);
}

void ReceiverStats::handle_packet(Instant now, const Header& header) {
    const std::int64_t sequence = sequences_.unwrap(header.sequence);
    // One that overtook the first belongs to what was expected, too.
    first_ = std::min(first_.value_or(sequence), sequence);
    highest_ = received_ == 0 ? sequence : std::max(highest_, sequence);
    ++received_;
    note_transit(now, header.timestamp);
}

// RFC 3550 A.8: how much the time on the way differs from one packet to the next, smoothed over sixteen.
void ReceiverStats::note_transit(Instant now, std::uint32_t timestamp) {
    const std::uint32_t transit = ticks_of(now - start_, clock_rate_) - timestamp;
    if (transit_) {
        const std::int64_t change = distance(transit, *transit_);
        const auto size = static_cast<std::uint32_t>(change < 0 ? -change : change);
        jitter_16ths_ += size - ((jitter_16ths_ + 8U) >> 4U);
    }
    transit_ = transit;
}

void ReceiverStats::handle_sender_report(Instant now, const SenderInfo& info) {
    last_sender_report_ = Heard{now, info.ntp};
}

std::optional<ReportBlock> ReceiverStats::make_report(Instant now) {
    if (!first_) return std::nullopt;
    ReportBlock block{.source = source_};
    const std::int64_t expected_now = expected() - expected_before_;
    const std::int64_t lost_now = expected_now - static_cast<std::int64_t>(received_ - received_before_);
    expected_before_ = expected();
    received_before_ = received_;
    // A.3; more came than was expected, or nothing was: none is lost.
    if (expected_now > 0 && lost_now > 0) {
        block.fraction_lost = static_cast<std::uint8_t>(std::min<std::int64_t>(255, lost_now * 256 / expected_now));
    }
    block.cumulative_lost =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(lost(), kCumulativeLostMin, kCumulativeLostMax));
    block.highest_sequence = static_cast<std::uint32_t>(highest_);
    block.jitter = jitter_16ths_ >> 4U;
    if (last_sender_report_) {
        block.last_report = middle_of(last_sender_report_->ntp);
        block.delay = middle_of(ntp_from(now - last_sender_report_->at));
    }
    return block;
}

Duration ReceiverStats::jitter() const {
    return std::chrono::nanoseconds(std::int64_t{jitter_16ths_ >> 4U} * 1'000'000'000 / clock_rate_);
}

} // namespace vv::rtp
