// Whom the operator keeps out of the rooms. A ban holds for a device; the block of
// addresses it was seen at, which a whole network may share, is only slowed down.
#pragma once

#include "base/instant.h"
#include "safety/key_ring.h"
#include "safety/person.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace vv::safety {

struct Ban {
    Marks whom;
    Instant until;
};

class BanBook {
public:
    /// All there are; those whose key the ring does not have hold for nobody.
    void replace(std::span<const Ban> bans);
    [[nodiscard]] std::optional<Instant> banned_until(Instant now, const KeyRing& keys, const DeviceId& device) const;
    [[nodiscard]] bool is_slowed(Instant now, const KeyRing& keys, const AddressPrefix& prefix) const;
    [[nodiscard]] std::size_t active(Instant now) const;
    [[nodiscard]] bool empty() const { return devices_.empty(); }

private:
    /// Sorted by key and mark, the longest ban first.
    template <typename Mark>
    struct Entry {
        std::uint32_t key = 0;
        Mark mark;
        Instant until;
        friend auto operator<=>(const Entry& a, const Entry& b) {
            if (const auto by_key = a.key <=> b.key; by_key != 0) return by_key;
            if (const auto by_mark = a.mark <=> b.mark; by_mark != 0) return by_mark;
            return b.until <=> a.until;
        }
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    template <typename Mark, typename Named>
    static std::optional<Instant> find(const std::vector<Entry<Mark>>& entries, Instant now, const KeyRing& keys,
                                       const Named& named);

    std::vector<Entry<DeviceMark>> devices_;
    std::vector<Entry<PrefixMark>> prefixes_;
};

} // namespace vv::safety
