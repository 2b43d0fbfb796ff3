// Messages that find no room: whether they are tried again, or there never will be any.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vv::apps {

class FullChat {
public:
    /// Whoever takes no message for so long takes none at all: the other end may have closed its chat.
    static constexpr std::chrono::seconds kFullMax{30};

    enum class Next : std::uint8_t {
        kTryAgain,
        kTellAndDrop,
        kDrop, ///< which has been told
    };

    [[nodiscard]] Next handle_full(Instant now) {
        if (is_deaf_) return Next::kDrop;
        if (!since_) since_ = now;
        if (now - *since_ < kFullMax) return Next::kTryAgain;
        is_deaf_ = true;
        return Next::kTellAndDrop;
    }
    /// Over another connection, or once a message has left, everything is as at the beginning.
    void clear() {
        since_.reset();
        is_deaf_ = false;
    }
    /// While it is broken nothing can leave.
    void handle_interrupted() { since_.reset(); }

private:
    std::optional<Instant> since_{};
    bool is_deaf_ = false;
};

} // namespace vv::apps
