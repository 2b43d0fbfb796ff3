// Which TSNs have come (RFC 9260 §6.2): all up to the cumulative one, and ranges
// beyond it. Of ranges there are at most as many as one SACK can tell: what would
// make one more is refused, and comes again.
#pragma once

#include "sctp/data_chunk.h"
#include "sctp/sequence.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vv::sctp {

inline constexpr std::size_t kReceivedRangesMax = 256;
/// A gap block's distance has 16 bits (RFC 9260 §3.3.4).
inline constexpr std::int64_t kTsnWindowMax = 65'535;
/// Duplicates that one SACK tells of; the others come again anyway.
inline constexpr std::size_t kDuplicatesMax = 16;

class ReceivedTsns {
public:
    enum class Arrival : std::uint8_t {
        kNew,
        kDuplicate,
        kRefused, ///< too far ahead, or one range too many
    };

    /// cumulative: the one before the first.
    explicit ReceivedTsns(Tsn cumulative) : cumulative_(cumulative) {}

    /// What tsn would be. Nothing changes.
    [[nodiscard]] Arrival look_at(Tsn tsn) const;
    /// tsn: kNew, as look_at says.
    void add(Tsn tsn);
    void note_duplicate(Tsn tsn);
    /// RFC 3758 §3.6: what is missing up to here will not come. At most kTsnWindowMax ahead.
    void skip_to(Tsn tsn);

    [[nodiscard]] Tsn cumulative() const { return cumulative_; }
    /// The highest that has come, or the cumulative one.
    [[nodiscard]] Tsn highest() const { return ranges_.empty() ? cumulative_ : ranges_.back().last; }
    [[nodiscard]] bool has_gaps() const { return !ranges_.empty(); }
    /// At most max blocks, the nearest ones.
    [[nodiscard]] std::vector<GapBlock> gap_blocks(std::size_t max) const;
    [[nodiscard]] std::span<const std::uint32_t> duplicates() const { return duplicates_; }
    void forget_duplicates() { duplicates_.clear(); }

private:
    struct Range {
        Tsn first;
        Tsn last;
    };

    /// The first range that ends at tsn or behind it.
    [[nodiscard]] std::size_t find(Tsn tsn) const;
    [[nodiscard]] bool touches_before(std::size_t at, Tsn tsn) const {
        return at > 0 && ranges_[at - 1].last + 1 == tsn;
    }
    [[nodiscard]] bool touches_behind(std::size_t at, Tsn tsn) const {
        return at < ranges_.size() && ranges_[at].first == tsn + 1;
    }
    void take_in_first_ranges();

    Tsn cumulative_;
    std::vector<Range> ranges_; // in order, apart from each other and from cumulative_
    std::vector<std::uint32_t> duplicates_;
};

} // namespace vv::sctp
