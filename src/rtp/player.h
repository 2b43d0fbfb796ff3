// Gives out a recording as time passes, over and over, each packet when it is due: what a camera and a microphone do.
#pragma once

#include "base/instant.h"
#include "rtp/recording.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::rtp {

/// Whoever comes for a packet later than this has slept: the recording waited meanwhile, rather than being given out
/// all at once.
inline constexpr std::chrono::seconds kPlayerLatenessMax{1};
/// A whole picture that is wanted, and comes by itself within this, is waited for; else the recording goes on at it.
inline constexpr std::chrono::seconds kWholePictureWait{1};
/// Whoever wants a whole picture so soon after one was given out does not know of that yet: a round trip lies between.
inline constexpr std::chrono::milliseconds kWholePicturePause{300};

class Player {
public:
    struct Due {
        std::uint32_t media_time = 0; ///< in units of the recording's clock; goes on over its end, and wraps
        ByteView bytes{};             ///< of the recording
    };

    /// recording: outlives the player.
    explicit Player(const Recording& recording) : recording_(recording) {}

    /// From its beginning; the first packet is due now.
    void start(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// What is due by now, in order.
    [[nodiscard]] std::optional<Due> poll(Instant now);
    /// If none comes by itself soon, the next that is given out is a whole packet, whether it was its turn or not:
    /// picture and sound of one film come apart by that.
    void want_whole(Instant now);

private:
    [[nodiscard]] const Recording::Packet& packet() const { return recording_.packets[next_]; }
    [[nodiscard]] Instant due() const;
    [[nodiscard]] std::int64_t due_ticks() const { return round_ + static_cast<std::int64_t>(packet().time); }
    [[nodiscard]] std::int64_t ticks_until(Instant now) const;

    const Recording& recording_;
    bool is_playing_ = false;
    Instant since_{};
    std::size_t next_ = 0;
    /// When this round of the recording began, or would have, in ticks since since_.
    std::int64_t round_ = 0;
    std::int64_t given_ = -1; ///< the newest packet's time, in the same
    std::optional<Instant> whole_given_at_{};
};

} // namespace vv::rtp
