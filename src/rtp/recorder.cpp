#include "rtp/recorder.h"

#include "rtp/opus.h"
#include "rtp/ticks.h"

#include <algorithm>

namespace vv::rtp {
namespace {

/// Silence is written in steps of so much, in units of 48 kHz.
constexpr std::int64_t kGapStep = 120;
/// The writer takes no more at once than fits into 32 bits; a multiple of kGapStep.
constexpr std::int64_t kGapMax = 3'600LL * kOpusClockRate;

} // namespace

std::optional<std::int64_t> RecordingClock::place(Instant now, std::int64_t media_time, std::int64_t earliest) {
    const std::int64_t here = ticks_of(now - began_, rate_);
    const std::int64_t latest = here + kTimesAheadMax.count() * rate_;
    if (earliest > latest) return std::nullopt;
    if (offset_) {
        const std::int64_t at = media_time + *offset_;
        if (at >= earliest && at <= latest && at >= here - kTimesBehindMax.count() * rate_) return at;
    }
    const std::int64_t at = std::max(here, earliest);
    offset_ = at - media_time;
    return at;
}

SoundRecorder::SoundRecorder(ByteBuffer& out, Instant began, std::uint32_t serial)
    : out_(out),
      clock_(began, kOpusClockRate),
      serial_(serial) {}

bool SoundRecorder::write(Instant now, std::int64_t media_time, ByteView packet) {
    const auto duration = opus_duration(packet);
    if (!duration || packet.size() > kOggPacketSizeMax) return false;
    const auto at = clock_.place(now, media_time, end_);
    if (!at) return false;
    if (!writer_) writer_.emplace(out_, OpusHead{}, serial_);
    const std::int64_t gap = (*at - end_) / kGapStep * kGapStep;
    for (std::int64_t rest = gap; rest > 0; rest -= kGapMax)
        writer_->write_gap(static_cast<std::uint32_t>(std::min(rest, kGapMax)));
    const bool is_written = writer_->write(packet);
    end_ += gap + *duration;
    return is_written;
}

void SoundRecorder::finish() {
    if (writer_) writer_->finish();
}

void PictureRecorder::write(Instant now, std::int64_t media_time, const Vp8PictureHead& head, ByteView picture) {
    if (!writer_) {
        if (!head.is_key || head.width == 0 || head.height == 0) return; // players refuse a file of no size
        writer_.emplace(out_, IvfHead{.width = head.width, .height = head.height});
    }
    const auto at = clock_.place(now, media_time, earliest_);
    if (!at) return;
    writer_->write(static_cast<std::uint64_t>(*at), picture);
    earliest_ = *at + 1;
}

} // namespace vv::rtp
