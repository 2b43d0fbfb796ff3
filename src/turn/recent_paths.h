// Where the allocation of a path was found last, by a place that costs next to
// nothing to work out. Only a shortcut past the keyed table: two paths that
// share a place take turns in it, and are found in the table as before.
#pragma once

#include "turn/action.h"
#include "turn/allocation.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vv::turn {

class RecentPaths {
public:
    /// Null: look in the table.
    [[nodiscard]] Allocation* find(const FiveTuple& path) const {
        Allocation* found = places_[place_of(path)];
        return found != nullptr && found->path == path ? found : nullptr;
    }
    void note(Allocation& allocation) { places_[place_of(allocation.path)] = &allocation; }
    /// Before the allocation ends.
    void forget(const Allocation& allocation) {
        Allocation*& place = places_[place_of(allocation.path)];
        if (place == &allocation) place = nullptr;
    }

private:
    static constexpr unsigned kPlacesLog2 = 12; // 32 KiB of pointers

    // Without a key: who chooses its address chooses its place, and gains nothing by it.
    [[nodiscard]] static std::size_t place_of(const FiveTuple& path) {
        constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
        const SocketAddress& client = path.client.value();
        const auto words = client.ip.words();
        const std::uint64_t mixed = ((words[0] ^ words[1] * kOdd) * kOdd + client.port) * kOdd;
        return static_cast<std::size_t>(mixed >> (64 - kPlacesLog2));
    }

    std::vector<Allocation*> places_ = std::vector<Allocation*>(std::size_t{1} << kPlacesLog2, nullptr);
};

} // namespace vv::turn
