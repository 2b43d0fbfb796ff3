// One direction of a line: how long a packet takes on it, and whether it
// arrives at all. A link holds no packets; it says when each will be at its end.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "sim/fate.h"
#include "sim/packet.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::sim {

inline constexpr std::size_t kEthernetMtu = 1500;

/// Of each direction alike. Parts are between 0 and 1.
struct LinkConfig {
    Duration delay{};
    /// Up to so much more, without changing the order of packets.
    Duration jitter{};
    double loss = 0;
    double duplicate = 0;
    /// So many are held back by `reorder_delay`, and others overtake them.
    double reorder = 0;
    Duration reorder_delay = std::chrono::milliseconds(20);
    /// 0: as fast as anybody sends.
    std::int64_t bytes_per_second = 0;
    /// What may wait for its turn where there is a rate.
    std::size_t queue_bytes = std::size_t{64} * 1024;
    std::size_t mtu = kEthernetMtu;
    /// False: what is larger than the MTU disappears, as where somebody filters fragments.
    bool fragments = true;
};

class Link {
public:
    Link(const LinkConfig& config, std::uint64_t seed);

    struct Passage {
        Instant arrival;
        bool duplicated = false;
        bool reordered = false;
        std::size_t largest_part = 0; ///< from then on
    };
    /// When the packet is at the other end, or why it never is. One that is too large goes in parts, where it may.
    [[nodiscard]] Result<Passage, Fate> carry(Instant now, const Packet& packet);

    void reconfigure(const LinkConfig& config);
    void set_up(bool is_up) { is_up_ = is_up; }
    [[nodiscard]] const LinkConfig& config() const { return config_; }

private:
    struct Share {
        std::size_t fragments = 0;
        std::size_t bytes = 0; ///< of all of them on the line
        std::size_t largest_part = 0;
    };
    [[nodiscard]] Result<Share, Fate> share_of(const Packet& packet) const;
    [[nodiscard]] Result<Instant, Fate> leave(Instant now, std::size_t bytes);
    [[nodiscard]] bool happens(double part);
    [[nodiscard]] bool loses(std::size_t fragments);

    LinkConfig config_;
    SeededRng rng_;
    bool is_up_ = true;
    Instant free_at_;      // when all that waits has left
    Instant last_arrival_; // of those in order
};

/// Both directions of it, each with draws of its own.
struct Line {
    Link up;
    Link down;

    Line(const LinkConfig& config, std::uint64_t seed) : up(config, seed), down(config, ~seed) {}
    void reconfigure(const LinkConfig& config) {
        up.reconfigure(config);
        down.reconfigure(config);
    }
    void set_up(bool is_up) {
        up.set_up(is_up);
        down.set_up(is_up);
    }
};

} // namespace vv::sim
