// Sequence numbers without their wrap. On the wire a TSN has 32 bits and a stream
// sequence number 16, and both begin again after their last; in here they count on
// in 64 bits, so that they can be compared, sorted and subtracted like numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <type_traits>

namespace vv::sctp {

template <typename Wire, typename Tag>
class Sequence {
public:
    /// A round above zero, so that what is nearest to the first number may also lie before it.
    Sequence() : Sequence(Wire{0}) {}
    explicit Sequence(Wire wire) : value_(kRound + wire) {}

    [[nodiscard]] Wire wire() const { return static_cast<Wire>(value_); }
    /// The number whose last bits these are and that is nearest to this one.
    [[nodiscard]] Sequence nearest(Wire wire) const {
        const auto forward = static_cast<std::make_signed_t<Wire>>(static_cast<Wire>(wire - this->wire()));
        return *this + forward;
    }
    [[nodiscard]] Sequence operator+(std::int64_t count) const {
        Sequence sum = *this;
        sum.value_ += static_cast<std::uint64_t>(count);
        return sum;
    }
    [[nodiscard]] Sequence operator-(std::int64_t count) const { return *this + -count; }
    [[nodiscard]] std::int64_t operator-(const Sequence& other) const {
        return static_cast<std::int64_t>(value_ - other.value_);
    }
    Sequence& operator++() { return *this = *this + 1; }

    friend bool operator==(const Sequence&, const Sequence&) = default;
    friend auto operator<=>(const Sequence&, const Sequence&) = default;

private:
    static constexpr std::uint64_t kRound = std::uint64_t{1} << (8 * sizeof(Wire));

    std::uint64_t value_;
};

/// Numbers every DATA chunk of one direction (RFC 9260 §1.3).
using Tsn = Sequence<std::uint32_t, struct TsnTag>;
/// Numbers the ordered messages of one stream.
using Ssn = Sequence<std::uint16_t, struct SsnTag>;

} // namespace vv::sctp
