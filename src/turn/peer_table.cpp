#include "turn/peer_table.h"

#include <algorithm>

namespace vv::turn {
namespace {

template <typename Entry, typename Matches>
auto find_live(std::pmr::vector<Entry>& entries, Instant now, Matches matches) {
    return std::ranges::find_if(entries, [&](const Entry& entry) { return entry.expiry > now && matches(entry); });
}

template <typename Entry, typename Matches>
const Entry* find_live(const std::pmr::vector<Entry>& entries, Instant now, Matches matches) {
    for (const Entry& entry : entries) {
        if (entry.expiry > now && matches(entry)) return &entry;
    }
    return nullptr;
}

} // namespace

bool PeerTable::has_permission(Instant now, const IpAddress& ip) const {
    if (now < latest_.until && latest_.peer.value().ip == ip) return true;
    return find_live(permissions_, now, [&](const Permission& p) { return p.ip == ip; }) != nullptr;
}

std::optional<PeerAddress> PeerTable::peer_of(Instant now, ChannelNumber channel) const {
    if (now < latest_.until && latest_.number == channel) return latest_.peer;
    const Channel* found = find_live(channels_, now, [&](const Channel& c) { return c.number == channel; });
    if (found == nullptr) return std::nullopt;
    note(now, *found);
    return found->peer;
}

std::optional<ChannelNumber> PeerTable::channel_of(Instant now, const PeerAddress& peer) const {
    if (now < latest_.until && latest_.peer == peer) return latest_.number;
    const Channel* found = find_live(channels_, now, [&](const Channel& c) { return c.peer == peer; });
    if (found == nullptr) return std::nullopt;
    note(now, *found);
    return found->number;
}

void PeerTable::note(Instant now, const Channel& channel) const {
    const IpAddress& ip = channel.peer.value().ip;
    const Permission* permission = find_live(permissions_, now, [&](const Permission& p) { return p.ip == ip; });
    if (permission == nullptr) return;
    latest_ = {channel.number, channel.peer, std::min(channel.expiry, permission->expiry)};
}

bool PeerTable::grant(Instant now, const PeerLimits& limits, std::span<const IpAddress> addresses) {
    std::pmr::vector<Permission> granted(permissions_, permissions_.get_allocator());
    std::erase_if(granted, [&](const Permission& p) { return p.expiry <= now; });
    const std::size_t known = granted.size();
    for (const IpAddress& ip : addresses) {
        const auto found = find_live(granted, now, [&](const Permission& p) { return p.ip == ip; });
        if (found != granted.end()) {
            found->expiry = now + kPermissionLifetime;
        } else {
            granted.push_back({ip, now + kPermissionLifetime});
        }
    }
    const auto added = static_cast<std::int64_t>(granted.size() - known);
    if (added > 0) { // what is there may be refreshed, even if there are more than there may be by now
        if (granted.size() > limits.permissions) return false;
        if (granted_.try_take(now, limits.new_permission_rate(), added)) return false;
    }
    permissions_ = std::move(granted);
    latest_ = {}; // good for longer now
    return true;
}

PeerTable::BindResult PeerTable::bind(Instant now, const PeerLimits& limits, ChannelNumber channel,
                                      const PeerAddress& peer) {
    const auto bound_peer = peer_of(now, channel);
    const auto bound_channel = channel_of(now, peer);
    if ((bound_peer && *bound_peer != peer) || (bound_channel && *bound_channel != channel)) {
        return BindResult::kConflict;
    }
    std::erase_if(channels_, [&](const Channel& c) { return c.expiry <= now; });
    if (!bound_channel && channels_.size() >= limits.channels) return BindResult::kFull;
    if (!grant(now, limits, {&peer.value().ip, 1})) return BindResult::kFull;
    const Instant expiry = now + kChannelLifetime;
    const auto found = std::ranges::find(channels_, channel, &Channel::number);
    if (found != channels_.end()) {
        found->expiry = expiry;
    } else {
        channels_.push_back({channel, peer, expiry});
    }
    return BindResult::kBound;
}

void PeerTable::forget(AddressFamily family) {
    latest_ = {};
    std::erase_if(permissions_, [&](const Permission& p) { return p.ip.family() == family; });
    std::erase_if(channels_, [&](const Channel& c) { return c.peer.value().ip.family() == family; });
}

void PeerTable::revoke(const std::function<bool(const IpAddress&)>& is_permitted) {
    latest_ = {};
    std::erase_if(permissions_, [&](const Permission& p) { return !is_permitted(p.ip); });
    std::erase_if(channels_, [&](const Channel& c) { return !is_permitted(c.peer.value().ip); });
}

} // namespace vv::turn
