#include "lobby/prefix_limits.h"

#include "base/assert.h"
#include "lobby/limits.h"

#include <algorithm>

namespace vv::lobby {
namespace {

/// Entries looked at by one sweep: more than one open() can add, so the list shrinks.
constexpr std::size_t kSweepSteps = 8;
constexpr std::int64_t kPrefixFactor = 20;

} // namespace

PrefixLimitsConfig PrefixLimitsConfig::defaults() {
    PrefixLimitsConfig config;
    config.rates = {kMessageRate.times(kPrefixFactor), kByteRate.times(kPrefixFactor),
                    kSeekRate.times(kPrefixFactor),    kSkipRate.times(kPrefixFactor),
                    kOpenRate.times(kPrefixFactor),    kReportRate.times(kPrefixFactor)};
    return config;
}

std::int64_t PrefixLimits::factor_of(std::uint8_t level) {
    constexpr std::array<std::int64_t, 4> kFactors = {1, 1, 4, 16};
    return kFactors[level];
}

std::size_t PrefixLimits::connections_factor_of(std::uint8_t level) {
    constexpr std::array<std::size_t, 4> kFactors = {1, 1, kWideBlockConnections, kWideBlockConnections};
    return kFactors[level];
}

std::size_t PrefixLimits::keys_of(const IpAddress& address, std::array<Key, 3>& keys) {
    if (address.unmapped().is_v4()) {
        keys[0] = {address.unmapped(), 0};
        return 1;
    }
    keys = {Key{address_block(address, 64), 1}, Key{address_block(address, 56), 2}, Key{address_block(address, 48), 3}};
    return keys.size();
}

std::optional<PrefixLimits::Lease> PrefixLimits::open(Instant now, const IpAddress& address) {
    sweep(now);
    Lease lease;
    if (address.unmapped().is_loopback()) return lease;
    std::array<Key, 3> keys;
    const std::size_t count = keys_of(address, keys);
    for (std::size_t i = 0; i < count; ++i) {
        const auto slot = find_or_make(now, keys[i]);
        const auto most = config_.connections * connections_factor_of(keys[i].level);
        if (!slot || entries_[*slot].connections >= most) {
            close(now, lease);
            return std::nullopt;
        }
        ++entries_[*slot].connections;
        lease.slots[lease.count++] = *slot;
    }
    return lease;
}

void PrefixLimits::close(Instant now, const Lease& lease) {
    for (std::size_t i = 0; i < lease.count; ++i)
        release(now, lease.slots[i]);
}

std::optional<Duration> PrefixLimits::take(Instant now, const Lease& lease, LimitKind kind, std::int64_t units) {
    const auto index = static_cast<std::size_t>(kind);
    std::optional<Duration> longest;
    for (std::size_t i = 0; i < lease.count; ++i) {
        const Entry& entry = entries_[lease.slots[i]];
        const Rate rate = config_.rates[index].times(factor_of(entry.key.level));
        const auto wait = entry.gates[index].wait_for(now, rate, units);
        if (wait) longest = std::max(longest.value_or(*wait), *wait);
    }
    if (longest) return longest;
    for (std::size_t i = 0; i < lease.count; ++i) {
        Entry& entry = entries_[lease.slots[i]];
        entry.gates[index].take(now, config_.rates[index].times(factor_of(entry.key.level)), units);
    }
    return std::nullopt;
}

std::optional<std::uint32_t> PrefixLimits::find_or_make(Instant now, const Key& key) {
    const auto found = index_.find(key);
    if (found != index_.end()) return found->second;
    if (index_.size() >= config_.prefixes_max) {
        sweep(now);
        if (index_.size() >= config_.prefixes_max) return std::nullopt;
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(entries_.size()));
        entries_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    entries_[slot].key = key;
    index_.emplace(key, slot);
    return slot;
}

void PrefixLimits::release(Instant now, std::uint32_t slot) {
    Entry& entry = entries_[slot];
    VV_ASSERT(entry.connections > 0);
    if (--entry.connections > 0 || entry.lingering) return;
    if (may_forget(now, entry)) return forget(slot);
    entry.lingering = true;
    lingering_.push_back(slot);
}

bool PrefixLimits::may_forget(Instant now, const Entry& entry) {
    return entry.connections == 0 &&
           std::all_of(entry.gates.begin(), entry.gates.end(), [now](const RateGate& g) { return g.is_full(now); });
}

void PrefixLimits::forget(std::uint32_t slot) {
    index_.erase(entries_[slot].key);
    entries_[slot] = Entry{};
    free_.push_back(slot);
}

// A prefix whose last connection is gone is remembered until its buckets are full
// again, so that connecting anew does not fill them.
void PrefixLimits::sweep(Instant now) {
    for (std::size_t i = 0; i < kSweepSteps && !lingering_.empty(); ++i) {
        const std::uint32_t slot = lingering_.front();
        lingering_.pop_front();
        Entry& entry = entries_[slot];
        entry.lingering = false;
        if (entry.connections > 0) continue;
        if (may_forget(now, entry)) {
            forget(slot);
        } else {
            entry.lingering = true;
            lingering_.push_back(slot);
        }
    }
}

} // namespace vv::lobby
