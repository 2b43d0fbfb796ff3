// What this end can do, before anything is agreed: codecs with what RTCP can do
// for them, and header extensions. The numbers are those of our own offers; in
// an answer they are the offer's.
#pragma once

#include "sdp/description.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vv::sdp {

struct CodecCapability {
    Codec codec;
    /// What is lost can be sent again under this payload type (RFC 4588).
    std::optional<std::uint8_t> rtx_payload_type;
};

struct MediaCapability {
    std::vector<CodecCapability> codecs; ///< the first is liked best
    std::vector<Extension> extensions;
};

struct Capabilities {
    MediaCapability audio;
    MediaCapability video;
    std::uint16_t sctp_port = 5'000;
    std::uint64_t max_message_size = 262'144;

    [[nodiscard]] const MediaCapability* of(Kind kind) const {
        if (kind == Kind::kAudio) return &audio;
        return kind == Kind::kVideo ? &video : nullptr;
    }
};

inline constexpr std::string_view kMidExtension = "urn:ietf:params:rtp-hdrext:sdes:mid";

/// Opus, VP8 with RTX, and the mid in a packet, by which BUNDLE tells the sections apart (RFC 9143 §9.2).
[[nodiscard]] Capabilities default_capabilities();

} // namespace vv::sdp
