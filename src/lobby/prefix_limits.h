// Limits over whole address blocks, looser than those of one session since whole
// mobile networks share one address: IPv4 /32; IPv6 /64, /56 and /48, each four
// times the one before, but of connections a /48 no more than a /56. Loopback is not limited: a proxy on this machine
// brings everybody. One for the whole server; a connection holds a lease.
#pragma once

#include "base/instant.h"
#include "base/rate.h"
#include "base/socket_address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace vv::lobby {

enum class LimitKind : std::uint8_t { kMessages, kBytes, kSeeks, kSkips, kOpens, kReports };
inline constexpr std::size_t kLimitKinds = 6;

struct PrefixLimitsConfig {
    std::size_t connections = 384;         // from one IPv4 address or IPv6 /64
    std::array<Rate, kLimitKinds> rates{}; // of that prefix, by LimitKind
    std::size_t prefixes_max = 262144;     // remembered at one time
    static PrefixLimitsConfig defaults();  // docs/protocol.md: 20 times those of a session
};

/// Connections of several threads share one that locks (src/net).
class PrefixKeeper {
public:
    /// A connection's hold on its prefixes. Given back to close() exactly once.
    struct Lease {
        std::array<std::uint32_t, 3> slots{};
        std::uint8_t count = 0;
    };

    PrefixKeeper() = default;
    PrefixKeeper(const PrefixKeeper&) = delete;
    PrefixKeeper& operator=(const PrefixKeeper&) = delete;
    virtual ~PrefixKeeper() = default;

    /// Nothing if one of the address's prefixes has all the connections it may have. IPv4-mapped counts as IPv4.
    [[nodiscard]] virtual std::optional<Lease> open(Instant now, const IpAddress& address) = 0;
    virtual void close(Instant now, const Lease& lease) = 0;
    /// Takes from all prefixes or from none; answers how long to wait if one of them is empty.
    [[nodiscard]] virtual std::optional<Duration> take(Instant now, const Lease& lease, LimitKind kind,
                                                       std::int64_t units) = 0;
};

class PrefixLimits final : public PrefixKeeper {
public:
    explicit PrefixLimits(const PrefixLimitsConfig& config) : config_(config) {}

    [[nodiscard]] std::optional<Lease> open(Instant now, const IpAddress& address) override;
    void close(Instant now, const Lease& lease) override;
    [[nodiscard]] std::optional<Duration> take(Instant now, const Lease& lease, LimitKind kind,
                                               std::int64_t units) override;
    /// For who comes from now on.
    void set_connections(std::size_t connections) { config_.connections = connections; }
    /// Prefixes remembered, for metrics and tests.
    [[nodiscard]] std::size_t size() const { return index_.size(); }

private:
    struct Key {
        IpAddress block;
        std::uint8_t level = 0; // 0: IPv4; 1, 2, 3: /64, /56, /48
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Entry {
        Key key;
        std::uint32_t connections = 0;
        bool lingering = false; // in lingering_: without a connection when it was put there
        std::array<RateGate, kLimitKinds> gates{};
    };

    [[nodiscard]] static std::int64_t factor_of(std::uint8_t level);
    [[nodiscard]] static std::size_t connections_factor_of(std::uint8_t level);
    [[nodiscard]] static std::size_t keys_of(const IpAddress& address, std::array<Key, 3>& keys);
    [[nodiscard]] std::optional<std::uint32_t> find_or_make(Instant now, const Key& key);
    [[nodiscard]] static bool may_forget(Instant now, const Entry& entry);
    void release(Instant now, std::uint32_t slot);
    void forget(std::uint32_t slot);
    void sweep(Instant now);

    PrefixLimitsConfig config_;
    std::map<Key, std::uint32_t> index_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> free_;
    std::deque<std::uint32_t> lingering_;
};

} // namespace vv::lobby
