#include "safety/key_ring.h"

#include "base/encoding.h"
#include "crypto/hmac.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace vv::safety {
namespace {

constexpr std::string_view kHeading = "visavis report keys 1";

// What is hashed begins with what it is, so that a device and an address can never have the same mark.
Mark keyed_hash(const MarkKey& key, std::string_view what, ByteView bytes) {
    constexpr std::uint8_t kZero = 0;
    return crypto::hmac_sha256(key.secret, crypto::ByteParts{as_bytes(what), ByteView(&kZero, 1), bytes});
}

template <typename Integer>
std::optional<Integer> read_integer(std::string_view text) {
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// "NUMBER SECONDS SECRET"
std::optional<MarkKey> read_key(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto number = read_integer<std::uint32_t>(line.substr(0, first));
    const auto made = read_integer<std::int64_t>(line.substr(first + 1, second - first - 1));
    const auto secret = hex_decode(line.substr(second + 1));
    MarkKey key;
    if (!number || !made || !secret || secret->size() != key.secret.size()) return std::nullopt;
    key.number = *number;
    key.made = WallTime(std::chrono::seconds(*made));
    std::ranges::copy(*secret, key.secret.begin());
    return key;
}

} // namespace

DeviceMark MarkKey::mark(const DeviceId& device) const {
    return DeviceMark(keyed_hash(*this, "device", device.bytes()));
}

PrefixMark MarkKey::mark(const AddressPrefix& prefix) const {
    return PrefixMark(keyed_hash(*this, "prefix", prefix.bytes()));
}

Result<KeyRing, std::string> KeyRing::parse(std::string_view text) {
    KeyRing ring;
    bool is_heading = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (std::exchange(is_heading, false)) {
            if (line != kHeading) return Failure<std::string>("the first line is not '" + std::string(kHeading) + "'");
            continue;
        }
        const auto key = read_key(line);
        if (!key || ring.has(key->number)) {
            return Failure<std::string>("a line is not a key");
        }
        ring.keys_.push_back(*key);
    }
    if (is_heading) return Failure<std::string>("it is empty");
    if (ring.keys_.size() > kKeysMax) return Failure<std::string>("it has too many keys");
    return ring;
}

std::string KeyRing::write() const {
    std::string text = std::string(kHeading) + "\n";
    for (const MarkKey& key : keys_) {
        text += std::to_string(key.number) + " " + std::to_string(key.made.time_since_epoch().count()) + " " +
                hex_encode(key.secret) + "\n";
    }
    return text;
}

bool KeyRing::turn(WallTime now, std::chrono::seconds retention, Rng& rng,
                   const std::function<bool(std::uint32_t number)>& is_in_use) {
    const auto is_over = [&](const MarkKey& key) { return key.made + 2 * retention <= now && !is_in_use(key.number); };
    bool changed = std::erase_if(keys_, is_over) > 0;
    for (MarkKey& key : keys_) {
        // Of a clock that was ahead and has been put right: its time is counted from now.
        if (key.made > now) changed = std::exchange(key.made, now) != now;
    }
    if (!keys_.empty() && now < keys_.back().made + retention) return changed;
    if (keys_.size() == kKeysMax) keys_.erase(keys_.begin()); // only after the retention was made longer
    keys_.push_back({fresh_number(rng), now, rng.bytes<32>()});
    return true;
}

// Drawn, not counted, so that what was kept under a key whose file is gone is not taken for the new one's.
std::uint32_t KeyRing::fresh_number(Rng& rng) const {
    constexpr std::uint64_t kNumbers = std::uint64_t{1} << 32U;
    std::uint32_t number = 0;
    do
        number = static_cast<std::uint32_t>(rng.below(kNumbers));
    while (has(number));
    return number;
}

bool KeyRing::has(std::uint32_t number) const {
    return std::ranges::find(keys_, number, &MarkKey::number) != keys_.end();
}

} // namespace vv::safety
