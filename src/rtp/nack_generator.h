// Which packets of a source are missing and are to be asked for again (RFC 4585 §6.2.1). Each is asked for once it is
// likely lost rather than late, again after a round trip, and not for ever: what cannot be had again is a reason to
// ask for a whole picture instead.
#pragma once

#include "base/instant.h"
#include "rtp/unwrapper.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace vv::rtp {

/// Missing packets at once. More are missing after an outage, and asking for them all would make it worse.
inline constexpr std::size_t kMissingMax = 512;
inline constexpr int kNacksMax = 10;
/// Packets that only overtook one another come within this.
inline constexpr std::chrono::milliseconds kReorderWait{10};
/// Before the round trip is known, and never more often than the least.
inline constexpr std::chrono::milliseconds kNackRetryDefault{100};
inline constexpr std::chrono::milliseconds kNackRetryMin{20};

class NackGenerator {
public:
    /// Every packet as it comes, those that were asked for as well.
    void handle_packet(Instant now, std::uint16_t sequence);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// What to ask for now, in order; empty: nothing.
    [[nodiscard]] std::vector<std::uint16_t> poll_nack();
    /// True once after packets were given up.
    [[nodiscard]] bool poll_given_up();

    void set_round_trip(Duration round_trip);
    /// A whole picture has come that starts here: what is missing before it is of no use any more.
    void forget_before(std::uint16_t sequence);
    [[nodiscard]] std::size_t missing() const { return missing_.size(); }

private:
    struct Missing {
        Instant ask_at;
        int asked = 0;
    };

    void note_gap(Instant now, std::int64_t first, std::int64_t end);
    void give_up();

    SequenceUnwrapper sequences_;
    std::optional<std::int64_t> highest_;
    std::map<std::int64_t, Missing> missing_;
    std::vector<std::uint16_t> due_;
    Duration retry_after_ = kNackRetryDefault;
    bool given_up_ = false;
};

} // namespace vv::rtp
