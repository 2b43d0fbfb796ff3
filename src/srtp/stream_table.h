// What is remembered of each source (SSRC) under one key. A call has a handful, so they stand in a row, and the one
// that was asked for last is looked at first.
#pragma once

#include "base/assert.h"
#include "rtp/packet.h"

#include <cstddef>
#include <vector>

namespace vv::srtp {

/// Sources of one direction, for RTP and for RTCP each. What is known of a source is never given up for another one:
/// its packets could then be played again. More than any call has, with every renegotiation.
inline constexpr std::size_t kStreamsMax = 64;

template <typename Stream>
class StreamTable {
public:
    /// Null: not seen yet. Holds until the next add.
    [[nodiscard]] Stream* find(rtp::Ssrc ssrc) {
        if (last_ < entries_.size() && entries_[last_].ssrc == ssrc) return &entries_[last_].stream;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].ssrc != ssrc) continue;
            last_ = i;
            return &entries_[i].stream;
        }
        return nullptr;
    }
    [[nodiscard]] bool is_full() const { return entries_.size() == kStreamsMax; }
    /// Of a source that is not there, while there is room.
    Stream& add(rtp::Ssrc ssrc) {
        VV_ASSERT(!is_full());
        last_ = entries_.size();
        entries_.push_back({ssrc, Stream{}});
        return entries_.back().stream;
    }

private:
    struct Entry {
        rtp::Ssrc ssrc;
        Stream stream;
    };
    std::vector<Entry> entries_;
    std::size_t last_ = 0;
};

} // namespace vv::srtp
