// The peers of one allocation: who may send to it and be sent to (permissions,
// RFC 8656 §9) and which of them have a channel (§12). Small and searched from
// the front; what has expired is treated as absent and cleared when room is needed.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"
#include "turn/channel_data.h"
#include "turn/config.h"

#include <cstdint>
#include <functional>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

namespace vv::turn {

class PeerTable {
public:
    /// memory outlives the table, whose lists are in it.
    explicit PeerTable(std::pmr::memory_resource& memory = *std::pmr::get_default_resource())
        : permissions_(&memory),
          channels_(&memory) {}

    [[nodiscard]] bool has_permission(Instant now, const IpAddress& ip) const;
    [[nodiscard]] std::optional<PeerAddress> peer_of(Instant now, ChannelNumber channel) const;
    [[nodiscard]] std::optional<ChannelNumber> channel_of(Instant now, const PeerAddress& peer) const;

    /// Installs or refreshes a permission for each address, for kPermissionLifetime.
    /// False, and nothing changes, if new ones would make more than there may be, or are past their rate.
    [[nodiscard]] bool grant(Instant now, const PeerLimits& limits, std::span<const IpAddress> addresses);

    enum class BindResult : std::uint8_t {
        kBound,
        kConflict, ///< the channel has another peer, or the peer another channel (RFC 8656 §12.2)
        kFull,     ///< more than there may be, or no room for the permission that comes with it
    };
    /// Binds or refreshes for kChannelLifetime, and grants the permission.
    [[nodiscard]] BindResult bind(Instant now, const PeerLimits& limits, ChannelNumber channel,
                                  const PeerAddress& peer);

    /// Ends all permissions and channels of one family (RFC 8656 §8.1).
    void forget(AddressFamily family);
    /// Ends all permissions and channels of addresses that are no longer permitted.
    void revoke(const std::function<bool(const IpAddress&)>& is_permitted);

    /// What has been used of PeerLimits::new_permission_rate.
    [[nodiscard]] const RateGate& spent() const { return granted_; }
    void resume(const RateGate& spent) { granted_ = spent; }

private:
    /// Of the peer that was looked up by its channel, or the other way round, last: of a call's packets nearly all ask
    /// for the same. Good while both its channel and its permission are.
    struct Latest {
        ChannelNumber number;
        PeerAddress peer;
        Instant until{Duration::min()};
    };
    struct Permission {
        IpAddress ip;
        Instant expiry;
    };
    struct Channel {
        ChannelNumber number;
        PeerAddress peer;
        Instant expiry;
    };

    /// Only what is answered faster from then on; what is answered stays the same, hence const.
    void note(Instant now, const Channel& channel) const;

    mutable Latest latest_;
    std::pmr::vector<Permission> permissions_;
    std::pmr::vector<Channel> channels_;
    RateGate granted_; // new permissions
};

} // namespace vv::turn
