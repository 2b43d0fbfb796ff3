// A file of sound or of pictures as what is sent from it: each packet with its time from the beginning.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace vv::rtp {

struct Recording {
    enum class Kind : std::uint8_t { kSound, kPictures };
    struct Packet {
        std::uint64_t time = 0; ///< in 1/clock_rate s
        bool is_whole = true;   ///< needs nothing before it: not of a picture that says what has changed
        ByteBuffer bytes{};
    };

    Kind kind = Kind::kSound;
    std::uint32_t clock_rate = 1;
    /// At least one; the first is whole and at 0, and the times go up.
    std::vector<Packet> packets{};
    /// When the first comes again, where it is played over and over.
    std::uint64_t length = 0;
};

enum class RecordingFlaw : std::uint8_t {
    kNeither,  ///< no Ogg with Opus and no IVF with VP8
    kChannels, ///< Ogg with Opus of more than two channels, or with a mapping of them that we do not know
    kBroken,   ///< it begins as one and does not go on so
    kTimes,    ///< its pictures go back in time, are of one time, or last longer than kPicturesSecondsMax
    kNothing,  ///< there is no sound in it, or no whole picture
    kTooLarge, ///< a packet of sound is more than a datagram takes
    kTooLargePicture,
};
/// "is neither …": goes on behind the file's name.
[[nodiscard]] std::string_view name_of(RecordingFlaw flaw);

/// The largest packet of sound that is sent: Opus is not cut.
inline constexpr std::size_t kSoundPacketMax = 1'000;
inline constexpr std::uint64_t kPicturesSecondsMax = 86'400;
/// Played over and over, a film shows no more pictures a second than this on average, whatever its times say...
inline constexpr std::uint64_t kPicturesPerSecondMax = 240;
/// ...its last for at least this long, and a single one for a second; in units of 90 kHz.
inline constexpr std::uint64_t kLastPictureMin = 900;

/// Which it is stands in its first bytes. Pictures before the first whole one are left out.
[[nodiscard]] Result<Recording, RecordingFlaw> read_recording(ByteView file);

} // namespace vv::rtp
