// Keeps what is received as a file of sound and one of pictures, both of which count from the same moment: a buffer
// that is appended to, whose owner stores it. What a partner says of the time is believed as far as it can be.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "rtp/ivf.h"
#include "rtp/ogg_opus.h"
#include "rtp/vp8.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vv::rtp {

/// How far the times of what comes may run ahead of those at which it comes, as after a wait on the way, and how far
/// they may stay behind. Past that they begin anew: else one packet could fill a disk with silence.
inline constexpr std::chrono::seconds kTimesAheadMax{5};
inline constexpr std::chrono::seconds kTimesBehindMax{10};

/// Where in a recording something stands, by the times it came with.
class RecordingClock {
public:
    RecordingClock(Instant began, std::uint32_t rate) : began_(began), rate_(rate) {}

    /// In 1/rate s since the beginning, and not before `earliest`. Nothing: so much has come at once that even that
    /// would be more than kTimesAheadMax ahead.
    [[nodiscard]] std::optional<std::int64_t> place(Instant now, std::int64_t media_time, std::int64_t earliest);

private:
    Instant began_;
    std::int64_t rate_;
    std::optional<std::int64_t> offset_{}; // of media times
};

class SoundRecorder {
public:
    /// out: outlives the recorder; its owner may take bytes off between calls. Nothing is written before the first
    /// packet.
    SoundRecorder(ByteBuffer& out, Instant began, std::uint32_t serial);

    /// What is missing before it becomes silence of its length. False: it is left out, since it is no Opus, or more
    /// than there was time for.
    bool write(Instant now, std::int64_t media_time, ByteView packet);
    /// The last. Nothing may be written after it.
    void finish();

private:
    ByteBuffer& out_;
    RecordingClock clock_;
    std::uint32_t serial_;
    std::optional<OggOpusWriter> writer_{};
    std::int64_t end_ = 0;
};

class PictureRecorder {
public:
    /// out: as above. The file begins with the first whole picture, whose size it says.
    PictureRecorder(ByteBuffer& out, Instant began) : out_(out), clock_(began, kVideoClockRate) {}

    void write(Instant now, std::int64_t media_time, const Vp8PictureHead& head, ByteView picture);

private:
    ByteBuffer& out_;
    RecordingClock clock_;
    std::optional<IvfWriter> writer_{};
    std::int64_t earliest_ = 0;
};

} // namespace vv::rtp
