#include "lobby/history.h"

#include "lobby/limits.h"

#include <algorithm>

namespace vv::lobby {
namespace {

std::uint64_t first_eight(const Bytes16& bytes) {
    return ByteReader(bytes).read_u64().value_or(0);
}

void note_block(std::vector<PersonKey>& blocks, const PersonKey& other) {
    if (std::ranges::find(blocks, other) != blocks.end()) return;
    if (blocks.size() == kBlockedMax) blocks.erase(blocks.begin());
    blocks.push_back(other);
}

std::vector<PersonKey> newest_of(const std::vector<PersonKey>& blocks) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(blocks.size(), kBlockedInTokenMax));
    return {blocks.end() - count, blocks.end()};
}

} // namespace

std::uint64_t key_of(const SessionId& id) {
    return first_eight(id.random);
}

std::uint64_t key_of(const safety::DeviceId& device) {
    return ByteReader(device.bytes()).read_u64().value_or(0);
}

void History::add(Instant now, Duration cooldown, const CallId& call, FormerCall former) {
    forget_old(now, cooldown);
    const std::uint64_t partner = former.partner;
    const auto place = std::lower_bound(met_.begin(), met_.end(), partner,
                                        [](const Met& met, std::uint64_t key) { return met.partner < key; });
    if (place != met_.end() && place->partner == partner) {
        place->at = now;
    } else {
        met_.insert(place, {partner, now});
        if (met_.size() > kPastMax) drop_oldest_met();
    }
    if (calls_.size() == kPastMax) calls_.erase(calls_.begin());
    former.call = first_eight(call.random);
    former.ended = now;
    calls_.push_back(former);
}

std::optional<Instant> History::met_until(Instant now, Duration cooldown, std::uint64_t partner) const {
    const auto found = std::lower_bound(met_.begin(), met_.end(), partner,
                                        [](const Met& met, std::uint64_t key) { return met.partner < key; });
    if (found == met_.end() || found->partner != partner || found->at + cooldown <= now) return std::nullopt;
    return found->at + cooldown;
}

void History::block(const PersonKey& other) {
    note_block(blocked_, other);
}

void History::be_blocked(const PersonKey& by) {
    note_block(blocked_by_, by);
}

bool History::is_apart_from(const PersonKey& other) const {
    const auto is_other = [&other](const PersonKey& noted) {
        return noted.session == other.session || (noted.device != 0 && noted.device == other.device);
    };
    return std::ranges::any_of(blocked_, is_other) || std::ranges::any_of(blocked_by_, is_other);
}

std::vector<PersonKey> History::newest_blocked() const {
    return newest_of(blocked_);
}

std::vector<PersonKey> History::newest_blocked_by() const {
    return newest_of(blocked_by_);
}

FormerCall* History::find_call(Instant now, const CallId& call) {
    const std::uint64_t key = first_eight(call.random);
    for (FormerCall& former : calls_) {
        if (former.call == key && former.ended + kFormerCallTime > now) return &former;
    }
    return nullptr;
}

void History::forget_old(Instant now, Duration cooldown) {
    // Meetings are looked through only when the vector would grow: what that frees pays for the walk.
    if (met_.size() == met_.capacity()) {
        std::erase_if(met_, [&](const Met& met) { return met.at + cooldown <= now; });
    }
    const auto fresh = std::find_if(calls_.begin(), calls_.end(),
                                    [now](const FormerCall& former) { return former.ended + kFormerCallTime > now; });
    calls_.erase(calls_.begin(), fresh);
}

void History::drop_oldest_met() {
    met_.erase(std::min_element(met_.begin(), met_.end(), [](const Met& a, const Met& b) { return a.at < b.at; }));
}

} // namespace vv::lobby
