#include "rtp/recording.h"

#include "rtp/ivf.h"
#include "rtp/ogg_opus.h"
#include "rtp/opus.h"
#include "rtp/vp8.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace vv::rtp {
namespace {

using Read = Result<Recording, RecordingFlaw>;

RecordingFlaw flaw_of(OggError error) {
    if (error == OggError::kNotOpus) return RecordingFlaw::kNeither;
    return error == OggError::kBadChannels ? RecordingFlaw::kChannels : RecordingFlaw::kBroken;
}

Read read_sound(ByteView file) {
    auto reader = OggOpusReader::open(file);
    if (!reader) return Failure(flaw_of(reader.error()));
    Recording recording{.kind = Recording::Kind::kSound, .clock_rate = kOpusClockRate};
    for (;;) {
        const auto next = reader->next_packet();
        if (!next) return Failure(RecordingFlaw::kBroken);
        const std::optional<ByteView> packet = *next;
        if (!packet) break;
        const auto duration = opus_duration(*packet);
        if (!duration) return Failure(RecordingFlaw::kBroken);
        if (packet->size() > kSoundPacketMax) return Failure(RecordingFlaw::kTooLarge);
        recording.packets.push_back({recording.length, true, {packet->begin(), packet->end()}});
        recording.length += *duration;
    }
    if (recording.packets.empty()) return Failure(RecordingFlaw::kNothing);
    return recording;
}

/// Ticks of a file as those of RTP.
class Ticks {
public:
    explicit Ticks(const IvfHead& head) : numerator_(head.numerator), denominator_(head.denominator) {}

    [[nodiscard]] bool is_too_long(std::uint64_t ticks) const {
        return ticks > kPicturesSecondsMax * denominator_ / numerator_;
    }
    /// ticks: not too long.
    [[nodiscard]] std::uint64_t of_rtp(std::uint64_t ticks) const {
        return ticks * numerator_ / denominator_ * kVideoClockRate +
               ticks * numerator_ % denominator_ * kVideoClockRate / denominator_;
    }

private:
    std::uint64_t numerator_;
    std::uint64_t denominator_;
};

/// Takes the pictures of one file one by one.
class Pictures {
public:
    explicit Pictures(const IvfHead& head) : ticks_(head) {}

    [[nodiscard]] std::optional<RecordingFlaw> take(const IvfPicture& picture) {
        if (picture.bytes.empty()) return std::nullopt; // one that the encoder left out
        const auto head = read_vp8_head(picture.bytes);
        if (!head) return RecordingFlaw::kBroken;
        auto& packets = recording_.packets;
        if (packets.empty()) {
            if (!head->is_key) return std::nullopt;
            first_ = picture.time;
        } else if (picture.time <= last_ || ticks_.is_too_long(picture.time - first_)) {
            return RecordingFlaw::kTimes;
        }
        last_ = picture.time;
        const std::uint64_t time = ticks_.of_rtp(last_ - first_);
        // Two of one time would be one to whoever receives them.
        if (!packets.empty() && time == packets.back().time) return RecordingFlaw::kTimes;
        packets.push_back({time, head->is_key, {picture.bytes.begin(), picture.bytes.end()}});
        return std::nullopt;
    }

    [[nodiscard]] Read finish() && {
        auto& packets = recording_.packets;
        if (packets.empty()) return Failure(RecordingFlaw::kNothing);
        // The last is seen for as long as the one before it.
        const std::uint64_t last = packets.back().time;
        const std::uint64_t shown = packets.size() > 1 ? last - packets.at(packets.size() - 2).time : kVideoClockRate;
        recording_.length = std::max(last + std::max(shown, kLastPictureMin),
                                     packets.size() * (kVideoClockRate / kPicturesPerSecondMax));
        return std::move(recording_);
    }

private:
    Ticks ticks_;
    Recording recording_{.kind = Recording::Kind::kPictures, .clock_rate = kVideoClockRate};
    std::uint64_t first_ = 0;
    std::uint64_t last_ = 0;
};

Read read_pictures(ByteView file) {
    auto reader = IvfReader::open(file);
    if (!reader) return Failure(RecordingFlaw::kNeither);
    Pictures pictures(reader->head());
    for (;;) {
        const auto next = reader->next_picture();
        if (!next) {
            return Failure(next.error() == IvfError::kTooLong ? RecordingFlaw::kTooLargePicture
                                                              : RecordingFlaw::kBroken);
        }
        const std::optional<IvfPicture> picture = *next;
        if (!picture) return std::move(pictures).finish();
        if (const auto flaw = pictures.take(*picture)) return Failure(*flaw);
    }
}

} // namespace

std::string_view name_of(RecordingFlaw flaw) {
    switch (flaw) {
    case RecordingFlaw::kNeither:
        return "is neither Ogg with Opus nor IVF with VP8";
    case RecordingFlaw::kChannels:
        return "has sound of more than two channels: encode it with two (ffmpeg: -ac 2)";
    case RecordingFlaw::kBroken:
        return "is damaged or cut off: make it again, or copy all of it";
    case RecordingFlaw::kTimes:
        return "has pictures that go back in time, are of one time, or last longer than a day: cut it, or make it "
               "again";
    case RecordingFlaw::kNothing:
        return "has nothing in it to be sent: no sound, or no picture that needs none before it";
    case RecordingFlaw::kTooLarge:
        return "has packets of sound that are too large to be sent: encode it in packets of 20 ms, with at most 256 "
               "kbit/s";
    case RecordingFlaw::kTooLargePicture:
        return "has a picture that is too large to be sent: encode it smaller, or with fewer bits";
    }
    std::unreachable();
}

Read read_recording(ByteView file) {
    const std::string_view start = as_text(file.first(std::min<std::size_t>(file.size(), 4)));
    if (start == "OggS") return read_sound(file);
    if (start == "DKIF") return read_pictures(file);
    return Failure(RecordingFlaw::kNeither);
}

} // namespace vv::rtp
