// The keys under which people are written down. A report names who is meant by two
// keyed hashes, so that the same device is known again and nothing else can be read
// from it: without the key no token or address can even be tried against it. A key
// makes new hashes for one retention and is kept for one more, until the last of what
// was made under it is due to be deleted; then nobody can make sense of any copy.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/tagged.h"
#include "safety/person.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vv::safety {

/// HMAC-SHA-256.
using Mark = std::array<std::uint8_t, 32>;
using DeviceMark = Tagged<Mark, struct DeviceMarkTag>;
using PrefixMark = Tagged<Mark, struct PrefixMarkTag>;

struct MarkKey {
    std::uint32_t number = 0; // marks are kept with it
    WallTime made;
    std::array<std::uint8_t, 32> secret{};

    [[nodiscard]] DeviceMark mark(const DeviceId& device) const;
    [[nodiscard]] PrefixMark mark(const AddressPrefix& prefix) const;
    friend bool operator==(const MarkKey&, const MarkKey&) = default;
};

/// All that is written down of a person.
struct Marks {
    std::uint32_t key = 0; // the number of the key that made them
    DeviceMark device;
    PrefixMark prefix;
};

class KeyRing {
public:
    static constexpr std::size_t kKeysMax = 2;

    /// As write() has it; else one line that says what is wrong.
    static Result<KeyRing, std::string> parse(std::string_view text);
    [[nodiscard]] std::string write() const;

    /// Drops keys whose time is over and makes a new one when it is due, the first one too. True if anything changed.
    /// is_in_use: whether something is kept under the key of this number that is not due yet. It is asked about keys
    /// whose time seems to be over, as it does after the retention was made shorter.
    bool turn(
        WallTime now, std::chrono::seconds retention, Rng& rng,
        const std::function<bool(std::uint32_t number)>& is_in_use = [](std::uint32_t) { return false; });
    /// The newest last; empty before the first turn().
    [[nodiscard]] std::span<const MarkKey> keys() const { return keys_; }
    /// Makes new marks; nothing before the first turn().
    [[nodiscard]] const MarkKey* current() const { return keys_.empty() ? nullptr : &keys_.back(); }
    [[nodiscard]] bool has(std::uint32_t number) const;

    friend bool operator==(const KeyRing&, const KeyRing&) = default;

private:
    [[nodiscard]] std::uint32_t fresh_number(Rng& rng) const;

    std::vector<MarkKey> keys_;
};

} // namespace vv::safety
