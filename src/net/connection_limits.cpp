#include "net/connection_limits.h"

#include "base/assert.h"
#include "lobby/limits.h"

namespace vv::net {
namespace {

constexpr unsigned kNarrowBits = 64;
constexpr unsigned kWideBits = 48;

void decrement(std::unordered_map<IpAddress, std::size_t>& counts, const IpAddress& key) {
    const auto entry = counts.find(key);
    if (entry != counts.end() && --entry->second == 0) counts.erase(entry);
}

} // namespace

std::optional<ConnectionLimits::Seat> ConnectionLimits::enter(const IpAddress& ip) {
    const std::lock_guard lock(mutex_);
    if (total_ >= total_max_ || !take_place(ip)) return std::nullopt;
    ++total_;
    return std::optional<Seat>(std::in_place, *this, ip);
}

std::optional<ConnectionLimits::Seat> ConnectionLimits::enter_unplaced() {
    const std::lock_guard lock(mutex_);
    if (total_ >= total_max_) return std::nullopt;
    ++total_;
    return std::optional<Seat>(std::in_place, *this, std::nullopt);
}

bool ConnectionLimits::Seat::place(const IpAddress& ip) {
    VV_ASSERT(limits_ != nullptr && !ip_);
    const std::lock_guard lock(limits_->mutex_);
    if (!limits_->take_place(ip)) return false;
    ip_ = ip;
    return true;
}

bool ConnectionLimits::take_place(const IpAddress& ip) {
    if (ip.is_loopback()) return true;
    std::size_t& narrow = narrow_[address_block(ip, kNarrowBits)];
    if (narrow >= per_address_max_) return false;
    if (!ip.is_v4()) {
        std::size_t& wide = wide_[address_block(ip, kWideBits)];
        if (wide >= per_address_max_ * lobby::kWideBlockConnections) {
            if (narrow == 0) narrow_.erase(address_block(ip, kNarrowBits));
            return false;
        }
        ++wide;
    }
    ++narrow;
    return true;
}

std::size_t ConnectionLimits::open() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

void ConnectionLimits::set(std::size_t total_max, std::size_t per_address_max) {
    const std::lock_guard lock(mutex_);
    total_max_ = total_max;
    per_address_max_ = per_address_max;
}

void ConnectionLimits::leave(const std::optional<IpAddress>& ip) {
    const std::lock_guard lock(mutex_);
    --total_;
    if (!ip || ip->is_loopback()) return;
    decrement(narrow_, address_block(*ip, kNarrowBits));
    if (!ip->is_v4()) decrement(wide_, address_block(*ip, kWideBits));
}

} // namespace vv::net
