// Why a packet was not protected, or not let in.
#pragma once

#include <cstdint>

namespace vv::srtp {

enum class Error : std::uint8_t {
    kMalformed,       ///< no RTP, no RTCP, or too short for its tag
    kUnauthenticated, ///< the tag does not match
    kReplayed,        ///< this packet has been here
    kTooOld,          ///< behind the window, so nobody knows
    kTooManyStreams,  ///< one source more than kStreamsMax
    kExhausted,       ///< the key has protected as many packets as it may
};

} // namespace vv::srtp
