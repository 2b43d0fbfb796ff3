#include "rtp/recorder.h"

#include "rtp/opus.h"

#include <algorithm>

namespace vv::rtp {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
/// Silence is written in steps of so much, in units of 48 kHz.
constexpr std::int64_t kGapStep = 120;

} // namespace

std::int64_t RecordingClock::place(Instant now, std::int64_t media_time, std::int64_t earliest) {
    const std::int64_t passed = (now - began_).count();
    const std::int64_t here = passed / kNanoseconds * rate_ + passed % kNanoseconds * rate_ / kNanoseconds;
    if (offset_) {
        const std::int64_t at = media_time + *offset_;
        const bool is_believed = at >= earliest && at <= here + kTimesAheadMax.count() * rate_ &&
                                 at >= here - kTimesBehindMax.count() * rate_;
        if (is_believed) return at;
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
    if (!writer_) writer_.emplace(out_, OpusHead{}, serial_);
    const std::int64_t gap = (clock_.place(now, media_time, end_) - end_) / kGapStep * kGapStep;
    writer_->write_gap(static_cast<std::uint32_t>(gap));
    const bool is_written = writer_->write(packet);
    end_ += gap + *duration;
    return is_written;
}

void SoundRecorder::finish() {
    if (writer_) writer_->finish();
}

void PictureRecorder::write(Instant now, std::int64_t media_time, const Vp8PictureHead& head, ByteView picture) {
    if (!writer_) {
        if (!head.is_key) return;
        writer_.emplace(out_, IvfHead{.width = head.width, .height = head.height});
    }
    const std::int64_t at = clock_.place(now, media_time, earliest_);
    writer_->write(static_cast<std::uint64_t>(at), picture);
    earliest_ = at + 1;
}

} // namespace vv::rtp
