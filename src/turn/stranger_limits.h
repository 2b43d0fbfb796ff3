// How often those at one place are answered who have not shown a password of ours.
#pragma once

#include "base/instant.h"
#include "base/rng.h"
#include "base/socket_address.h"
#include "stun/source_limiter.h"
#include "turn/config.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vv::turn {

enum class StrangerLimit : std::uint8_t {
    kChallenges, ///< ServerConfig::challenges
    kBindings,   ///< ServerConfig::bindings
    kGuesses,    ///< ServerConfig::source_guesses
};
inline constexpr std::size_t kStrangerLimits = 3;

/// What a machine asks about an IPv4 address or IPv6 /64. Machines on several threads share one (src/net): with one for
/// each, whoever forges sources would have every rate as many times as there are threads, by sending from many ports.
class StrangerKeeper {
public:
    StrangerKeeper() = default;
    StrangerKeeper(const StrangerKeeper&) = delete;
    StrangerKeeper& operator=(const StrangerKeeper&) = delete;
    virtual ~StrangerKeeper() = default;

    /// Counts one more, unless the source has had its share.
    [[nodiscard]] virtual bool admit(Instant now, StrangerLimit limit, const IpAddress& source) = 0;
    [[nodiscard]] virtual bool has_room(Instant now, StrangerLimit limit, const IpAddress& source) const = 0;
};

/// By StrangerLimit.
[[nodiscard]] inline std::array<ReplyLimit, kStrangerLimits> stranger_limits(const ServerConfig& config) {
    return {config.challenges, config.bindings, config.source_guesses};
}

class StrangerLimits final : public StrangerKeeper {
public:
    StrangerLimits(const ServerConfig& config, Rng& rng) {
        for (const ReplyLimit& limit : stranger_limits(config))
            limiters_.emplace_back(limit.rate(), rng.bytes<crypto::kSipHashKeySize>());
    }
    void set_limits(const ServerConfig& config) {
        const auto limits = stranger_limits(config);
        for (std::size_t i = 0; i < limits.size(); ++i)
            limiters_[i].set_rate(limits.at(i).rate());
    }

    [[nodiscard]] bool admit(Instant now, StrangerLimit limit, const IpAddress& source) override {
        return limiters_.at(static_cast<std::size_t>(limit)).admit(now, source);
    }
    [[nodiscard]] bool has_room(Instant now, StrangerLimit limit, const IpAddress& source) const override {
        return limiters_.at(static_cast<std::size_t>(limit)).has_room(now, source);
    }

private:
    std::vector<stun::SourceLimiter> limiters_; // by StrangerLimit
};

} // namespace vv::turn
