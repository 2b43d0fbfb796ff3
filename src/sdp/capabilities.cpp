#include "sdp/capabilities.h"

namespace vv::sdp {
namespace {

// Of the dynamic range (RFC 3551 §6), and those that Chromium has used for years.
constexpr std::uint8_t kOpus = 111;
constexpr std::uint8_t kVp8 = 96;
constexpr std::uint8_t kVp8Rtx = 97;
constexpr std::uint16_t kMidId = 4;

constexpr std::uint32_t kOpusRate = 48'000; // and two channels, whatever is sent (RFC 7587 §7)
constexpr std::uint32_t kVideoRate = 90'000;

} // namespace

Capabilities default_capabilities() {
    const Extension mid{kMidId, std::nullopt, std::string(kMidExtension), {}};
    Capabilities all;
    all.audio.codecs = {{{kOpus, "opus", kOpusRate, 2, "minptime=10;useinbandfec=1", {}}, std::nullopt}};
    all.audio.extensions = {mid};
    all.video.codecs = {{{kVp8, "VP8", kVideoRate, 1, {}, {"ccm fir", "nack", "nack pli"}}, kVp8Rtx}};
    all.video.extensions = {mid};
    return all;
}

} // namespace vv::sdp
