// What a connection is told when it is made, and the limits it keeps beside those
// of the machines it is made of (ice/limits.h, dtls/session_limits.h,
// sctp/config.h, rtp/).
#pragma once

#include "base/instant.h"
#include "base/socket_address.h"
#include "dtls/session_limits.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace vv::peer {

/// Candidates of the other end that came before its description; more are dropped.
inline constexpr std::size_t kHeldCandidatesMax = 64;
/// Candidates of the other end that are known again when they are told again; any beyond are new each time.
inline constexpr std::size_t kKnownCandidatesMax = 128;
/// RTP and RTCP that came before there were keys for it: the other end may have them half a round trip sooner. So many
/// again of RTP that came before the answer that it goes by.
inline constexpr std::size_t kEarlyMediaMax = 64;
/// Channels that were opened before there was anything to open them on.
inline constexpr std::size_t kHeldChannelsMax = 64;
/// Media packets made and not fetched, of sound and picture each; a frame that finds no room is refused whole.
inline constexpr std::size_t kOutgoingMediaMax = 2'048;
/// Of a media packet, SRTP's tag included: as large as DTLS has its datagrams, and for the same paths.
inline constexpr std::size_t kMediaPacketMax = dtls::kMtuDefault;
/// Longest picture that is sent.
inline constexpr std::size_t kPictureSizeMax = 1U << 20U;

struct Config {
    std::vector<SocketAddress> stun_servers{};
    /// Whether this end is ICE's controlling one (RFC 8445 §6.1.1). Nothing: whoever makes the first offer.
    std::optional<bool> controls{};
    /// How long sound is held so that late packets find their place: see rtp/jitter_buffer.h.
    Duration audio_delay = std::chrono::milliseconds(60);
};

} // namespace vv::peer
