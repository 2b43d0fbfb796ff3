#include "rtp/opus.h"

#include <array>

namespace vv::rtp {
namespace {

// RFC 6716 §3.1, table 2: configurations 0 to 11 are SILK, 12 to 15 hybrid, the rest CELT.
std::uint32_t frame_duration(std::uint8_t toc) {
    constexpr std::array<std::uint32_t, 4> kSilk{480, 960, 1920, 2880};
    constexpr std::array<std::uint32_t, 2> kHybrid{480, 960};
    constexpr std::array<std::uint32_t, 4> kCelt{120, 240, 480, 960};
    const std::size_t configuration = toc >> 3U;
    if (configuration < 12) return kSilk.at(configuration % 4);
    if (configuration < 16) return kHybrid.at(configuration % 2);
    return kCelt.at(configuration % 4);
}

// §3.2.1: one byte up to 251, else two.
std::optional<std::size_t> read_frame_size(ByteReader& reader) {
    const auto first = reader.read_u8();
    if (!first || *first < 252) return first ? std::optional<std::size_t>(*first) : std::nullopt;
    const auto second = reader.read_u8();
    if (!second) return std::nullopt;
    return std::size_t{*second} * 4 + *first;
}

// §3.2.5: padding is counted in bytes of which 255 says "254 and go on".
std::optional<std::size_t> read_padding_size(ByteReader& reader) {
    std::size_t size = 0;
    while (const auto byte = reader.read_u8()) {
        if (*byte != 255) return size + *byte;
        size += 254;
    }
    return std::nullopt;
}

// What is left holds frames of one size.
bool divides_evenly(std::size_t size, std::size_t frames) {
    return size % frames == 0 && size / frames <= kOpusFrameSizeMax;
}

// Code 1: two frames of one size. Code 2: two of two sizes, the first of which is said.
bool holds_two_sizes(ByteReader reader) {
    const auto size = read_frame_size(reader);
    return size && *size <= kOpusFrameSizeMax && reader.remaining() >= *size &&
           reader.remaining() - *size <= kOpusFrameSizeMax;
}

// Code 3: any number of frames; the sizes of all but the last, or one size for all; padding.
std::optional<std::size_t> frames_of_code_3(ByteReader reader) {
    const auto head = reader.read_u8();
    if (!head) return std::nullopt;
    const std::size_t frames = *head & 0x3FU;
    if (frames == 0) return std::nullopt;
    std::size_t padding = 0;
    if ((*head & 0x40U) != 0) {
        const auto size = read_padding_size(reader);
        if (!size) return std::nullopt;
        padding = *size;
    }
    std::size_t said = 0;
    const bool is_variable = (*head & 0x80U) != 0;
    for (std::size_t i = 0; is_variable && i + 1 < frames; ++i) {
        const auto size = read_frame_size(reader);
        if (!size || *size > kOpusFrameSizeMax) return std::nullopt;
        said += *size;
    }
    if (reader.remaining() < padding + said) return std::nullopt;
    const std::size_t rest = reader.remaining() - padding - said;
    const bool is_well_formed = is_variable ? rest <= kOpusFrameSizeMax : divides_evenly(rest, frames);
    return is_well_formed ? std::optional(frames) : std::nullopt;
}

std::optional<std::size_t> count_frames(ByteView packet) {
    ByteReader reader(packet);
    const unsigned code = reader.read_u8().value_or(0) & 0x03U;
    const std::size_t rest = reader.remaining();
    if (code == 0) return rest <= kOpusFrameSizeMax ? std::optional<std::size_t>(1) : std::nullopt;
    if (code == 1) return divides_evenly(rest, 2) ? std::optional<std::size_t>(2) : std::nullopt;
    if (code == 2) return holds_two_sizes(reader) ? std::optional<std::size_t>(2) : std::nullopt;
    return frames_of_code_3(reader);
}

} // namespace

std::optional<std::uint32_t> opus_duration(ByteView packet) {
    if (packet.empty()) return std::nullopt;
    const auto frames = count_frames(packet);
    if (!frames) return std::nullopt;
    const auto duration = static_cast<std::uint32_t>(*frames) * frame_duration(packet[0]);
    return duration <= kOpusDurationMax ? std::optional(duration) : std::nullopt;
}

std::optional<OpusTiming> OpusTimeline::next(ByteView packet) {
    const auto duration = opus_duration(packet);
    if (!duration) return std::nullopt;
    const OpusTiming timing{media_time_, after_silence_};
    media_time_ += *duration;
    after_silence_ = false;
    return timing;
}

void OpusTimeline::skip(std::uint32_t duration) {
    media_time_ += duration;
    after_silence_ = true;
}

} // namespace vv::rtp
