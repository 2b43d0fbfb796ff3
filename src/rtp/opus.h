// Opus in RTP (RFC 7587): a packet of Opus is the payload as it is, and the clock runs at 48 kHz whatever was recorded.
// How much time a packet holds stands in its first bytes (RFC 6716 §3.1).
#pragma once

#include "base/bytes.h"
#include "base/instant.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::rtp {

inline constexpr std::uint32_t kOpusClockRate = 48'000;
/// RFC 6716 §3.2: 120 ms, and frames of at most 1275 bytes.
inline constexpr std::uint32_t kOpusDurationMax = 5760;
inline constexpr std::size_t kOpusFrameSizeMax = 1275;

/// In units of 48 kHz. Nothing: no well-formed packet of Opus (RFC 6716 §3.4), whose lengths are looked at as well.
[[nodiscard]] std::optional<std::uint32_t> opus_duration(ByteView packet);

/// What RTP says beside a packet of Opus.
struct OpusTiming {
    std::uint32_t media_time = 0;
    bool marker = false; ///< RFC 7587 §4.1: the first after a silence that was not sent
};

/// Gives each packet of a recording its time.
class OpusTimeline {
public:
    /// Nothing: no Opus, and no time has passed.
    [[nodiscard]] std::optional<OpusTiming> next(ByteView packet);
    /// Time that is not sent, since nobody speaks (RFC 7587 §3.1.3).
    void skip(std::uint32_t duration);

private:
    std::uint32_t media_time_ = 0;
    bool after_silence_ = true; // the beginning is the first of a talk spurt, too
};

} // namespace vv::rtp
