// Why a frame is not sent.
#pragma once

#include <cstdint>

namespace vv::peer {

enum class MediaError : std::uint8_t {
    kNotConnected, ///< no path, or no keys
    kNotAgreed,    ///< by the descriptions this end does not send it now
    kBadFrame,     ///< no packet of Opus that fits into a datagram; no picture, or one over kPictureSizeMax
    kQueueFull,    ///< what was sent before has not been fetched
};

} // namespace vv::peer
