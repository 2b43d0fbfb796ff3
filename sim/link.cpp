#include "sim/link.h"

#include <algorithm>

namespace vv::sim {
namespace {

// RFC 791 §2.3: fragments but the last end on a multiple of eight bytes.
constexpr std::size_t kFragmentStep = 8;
// RFC 8200 §4.5; IPv4's own header has it all.
constexpr std::size_t kIpv6FragmentHeaderSize = 8;

bool is_part(double value) {
    return value >= 0 && value <= 1;
}

} // namespace

Link::Link(const LinkConfig& config, std::uint64_t seed) : rng_(seed) {
    reconfigure(config);
}

void Link::reconfigure(const LinkConfig& config) {
    VV_ASSERT(is_part(config.loss) && is_part(config.duplicate) && is_part(config.reorder));
    VV_ASSERT(config.delay >= Duration::zero() && config.jitter >= Duration::zero() && config.bytes_per_second >= 0);
    VV_ASSERT(config.mtu >= kIpv6HeaderSize + kIpv6FragmentHeaderSize + kFragmentStep);
    config_ = config;
}

// Nothing is drawn for what never or always happens, so that most links draw nothing at all.
bool Link::happens(double part) {
    if (part <= 0) return false;
    if (part >= 1) return true;
    constexpr double kSteps = 4'294'967'296.0; // 2^32
    return static_cast<double>(rng_.next_u64() >> 32U) < part * kSteps;
}

bool Link::loses(std::size_t fragments) {
    for (std::size_t i = 0; i < fragments; ++i) {
        if (happens(config_.loss)) return true;
    }
    return false;
}

Result<Link::Share, Fate> Link::share_of(const Packet& packet) const {
    const std::size_t size = packet.size();
    const std::size_t largest = packet.largest_part != 0 ? packet.largest_part : size;
    if (largest == size && size <= config_.mtu) return Share{1, size};
    if (packet.dont_fragment || !config_.fragments) return Failure(Fate::kTooBig);
    // RFC 8200 §5: nobody on its way divides an IPv6 packet, but its source does on its own line.
    const bool may_divide = packet.to.ip.is_v4() || packet.hops == 0;
    if (largest > config_.mtu && !may_divide) return Failure(Fate::kTooBig);
    const std::size_t part = std::min(largest, config_.mtu);
    const std::size_t header = packet.ip_header_size() + (packet.to.ip.is_v4() ? 0 : kIpv6FragmentHeaderSize);
    const std::size_t room = (part - header) / kFragmentStep * kFragmentStep;
    const std::size_t content = size - packet.ip_header_size();
    const std::size_t fragments = (content + room - 1) / room;
    return Share{fragments, content + fragments * header, part};
}

// When its last bit is on the line, behind all that waits.
Result<Instant, Fate> Link::leave(Instant now, std::size_t bytes) {
    if (config_.bytes_per_second == 0) return now;
    const auto time_for = [this](std::size_t count) {
        return Duration(static_cast<std::int64_t>(count) * 1'000'000'000 / config_.bytes_per_second);
    };
    const Instant start = std::max(now, free_at_);
    if (start - now > time_for(config_.queue_bytes)) return Failure(Fate::kQueueFull);
    free_at_ = start + time_for(bytes);
    return free_at_;
}

Result<Link::Passage, Fate> Link::carry(Instant now, const Packet& packet) {
    if (!is_up_) return Failure(Fate::kLinkDown);
    const auto share = share_of(packet);
    if (!share) return Failure(share.error());
    const auto left = leave(now, share->bytes);
    if (!left) return Failure(left.error());
    if (loses(share->fragments)) return Failure(Fate::kLost);
    Passage passage{*left + config_.delay, happens(config_.duplicate), happens(config_.reorder), share->largest_part};
    if (config_.jitter > Duration::zero()) {
        passage.arrival +=
            Duration(static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(config_.jitter.count()) + 1)));
    }
    if (passage.reordered) {
        passage.arrival += config_.reorder_delay;
    } else {
        passage.arrival = last_arrival_ = std::max(passage.arrival, last_arrival_);
    }
    return passage;
}

} // namespace vv::sim
