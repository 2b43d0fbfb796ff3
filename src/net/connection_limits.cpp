#include "net/connection_limits.h"

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
    if (total_ >= total_max_) return std::nullopt;
    if (!ip.is_loopback()) {
        std::size_t& narrow = narrow_[address_block(ip, kNarrowBits)];
        if (narrow >= per_address_max_) return std::nullopt;
        if (!ip.is_v4()) {
            std::size_t& wide = wide_[address_block(ip, kWideBits)];
            if (wide >= per_address_max_ * kWideFactor) {
                if (narrow == 0) narrow_.erase(address_block(ip, kNarrowBits));
                return std::nullopt;
            }
            ++wide;
        }
        ++narrow;
    }
    ++total_;
    return std::optional<Seat>(std::in_place, *this, ip);
}

std::size_t ConnectionLimits::open() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

void ConnectionLimits::leave(const IpAddress& ip) {
    const std::lock_guard lock(mutex_);
    --total_;
    if (ip.is_loopback()) return;
    decrement(narrow_, address_block(ip, kNarrowBits));
    if (!ip.is_v4()) decrement(wide_, address_block(ip, kWideBits));
}

} // namespace vv::net
