// What one session remembers of others: whom it met lately, whom it blocked, who blocked it, and the calls that have
// ended but may still be reported. Others are named by the first 8 bytes of their random identifier, which no one can
// choose and which outlives their connection; for blocks also by their device, which outlives a reload of the page.
#pragma once

#include "base/instant.h"
#include "lobby/ids.h"
#include "safety/person.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vv::lobby {

/// First 8 bytes of the session's random part.
[[nodiscard]] std::uint64_t key_of(const SessionId& id);
/// The same of its device.
[[nodiscard]] std::uint64_t key_of(const safety::DeviceId& device);

/// Of one call by one of its members.
enum class ReportState : std::uint8_t { kUnsaid, kFiled, kKept };

/// What can be said about a call after its end.
struct FormerCall {
    std::uint64_t call = 0;    // first 8 bytes of the call's random part
    std::uint64_t partner = 0; // key of its session
    Instant ended;
    safety::Person meant;          // the partner; only if it was known
    bool in_room = false;          // no private call
    std::optional<RoomIndex> room; // if it is still on the list
    bool was_accepted = false;     // by both
    bool knows_partner = false;
    ReportState report = ReportState::kUnsaid;
};

class History {
public:
    /// A call has ended; `call` and `ended` are filled in. At most kPastMax meetings and calls are kept; the oldest
    /// give way.
    void add(Instant now, Duration cooldown, const CallId& call, FormerCall former);
    /// When the two may be matched again; nothing if they may now.
    [[nodiscard]] std::optional<Instant> met_until(Instant now, Duration cooldown, std::uint64_t partner) const;

    void block(const PersonKey& other);
    /// The other has blocked this session, whose memory of it may outlive the other's.
    void be_blocked(const PersonKey& by);
    /// One of the two has blocked the other.
    [[nodiscard]] bool is_apart_from(const PersonKey& other) const;
    /// Whom this session has blocked, and who blocked it: the newest kBlockedInTokenMax of each, in the order of
    /// blocking.
    [[nodiscard]] std::vector<PersonKey> newest_blocked() const;
    [[nodiscard]] std::vector<PersonKey> newest_blocked_by() const;

    /// An ended call this session was a member of, for kFormerCallTime.
    [[nodiscard]] FormerCall* find_call(Instant now, const CallId& call);
    [[nodiscard]] std::size_t calls() const { return calls_.size(); }
    [[nodiscard]] std::size_t blocked() const { return blocked_.size(); }

private:
    struct Met {
        std::uint64_t partner = 0;
        Instant at;
    };
    void forget_old(Instant now, Duration cooldown);
    void drop_oldest_met();

    std::vector<Met> met_;              // sorted by partner
    std::vector<FormerCall> calls_;     // oldest first
    std::vector<PersonKey> blocked_;    // in the order of blocking
    std::vector<PersonKey> blocked_by_; // the same
};

} // namespace vv::lobby
