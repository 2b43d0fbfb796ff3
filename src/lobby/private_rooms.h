// Private calls by the identifier of their link: who waits there, which call holds
// the two seats, and which seats have just been declined.
#pragma once

#include "base/instant.h"
#include "lobby/ids.h"
#include "lobby/slab.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace vv::lobby {

/// Sessions and calls are named by their slots.
struct PrivateRoom {
    std::vector<std::uint32_t> waiters; // oldest first, at most kPrivateWaitersMax
    std::uint32_t call = kNone;         // asking, live or half
};

/// Ordered maps, since the identifiers come from outside and could be chosen to collide in a hash.
class PrivateRooms {
public:
    [[nodiscard]] PrivateRoom* find(const PrivateId& id);
    [[nodiscard]] PrivateRoom& make(const PrivateId& id) { return rooms_[id]; }
    void remove_waiter(const PrivateId& id, std::uint32_t session);
    /// Drops the room if nobody is left in it.
    void tidy(const PrivateId& id);
    [[nodiscard]] std::size_t size() const { return rooms_.size(); }

private:
    std::map<PrivateId, PrivateRoom> rooms_;
};

/// Pairs of seats of which one has declined the other. A pair and not a seat alone: else somebody without the key could
/// shut out the one who has it by declining first.
class SeatRefusals {
public:
    void add(Instant now, const PrivateId& id, const SeatId& first, const SeatId& second);
    [[nodiscard]] bool are_apart(const PrivateId& id, const SeatId& first, const SeatId& second) const;
    /// A private call in which a pair may be joined again from now on; until there is none.
    [[nodiscard]] std::optional<PrivateId> pop_due(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    [[nodiscard]] std::size_t size() const { return order_.size(); }

private:
    struct Key {
        Key(const PrivateId& link, const SeatId& first, const SeatId& second)
            : id(link),
              lower(std::min(first, second)),
              upper(std::max(first, second)) {}
        PrivateId id;
        SeatId lower;
        SeatId upper;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    void forget_oldest();

    std::map<Key, Instant> until_;
    std::deque<std::pair<Instant, Key>> order_; // every refusal lasts equally long: oldest first
};

} // namespace vv::lobby
