#include "sctp/received_tsns.h"

#include <algorithm>

namespace vv::sctp {

std::size_t ReceivedTsns::find(Tsn tsn) const {
    // Nearly always it belongs to the last range or behind it.
    if (ranges_.empty() || ranges_.back().last < tsn) return ranges_.size();
    const auto found = std::ranges::lower_bound(ranges_, tsn, {}, &Range::last);
    return static_cast<std::size_t>(found - ranges_.begin());
}

ReceivedTsns::Arrival ReceivedTsns::look_at(Tsn tsn) const {
    if (tsn <= cumulative_) return Arrival::kDuplicate;
    if (tsn - cumulative_ > kTsnWindowMax) return Arrival::kRefused;
    if (tsn == cumulative_ + 1) return Arrival::kNew;
    const std::size_t at = find(tsn);
    if (at < ranges_.size() && ranges_[at].first <= tsn) return Arrival::kDuplicate;
    const bool makes_a_range = !touches_before(at, tsn) && !touches_behind(at, tsn);
    return makes_a_range && ranges_.size() == kReceivedRangesMax ? Arrival::kRefused : Arrival::kNew;
}

void ReceivedTsns::add(Tsn tsn) {
    if (tsn == cumulative_ + 1) {
        cumulative_ = tsn;
        take_in_first_ranges();
        return;
    }
    const std::size_t at = find(tsn);
    const auto place = ranges_.begin() + static_cast<std::ptrdiff_t>(at);
    if (touches_before(at, tsn)) {
        ranges_[at - 1].last = tsn;
        if (touches_behind(at, tsn)) {
            ranges_[at - 1].last = place->last;
            ranges_.erase(place);
        }
    } else if (touches_behind(at, tsn)) {
        place->first = tsn;
    } else {
        ranges_.insert(place, {tsn, tsn});
    }
}

void ReceivedTsns::note_duplicate(Tsn tsn) {
    if (duplicates_.size() < kDuplicatesMax) duplicates_.push_back(tsn.wire());
}

void ReceivedTsns::skip_to(Tsn tsn) {
    if (tsn <= cumulative_) return;
    cumulative_ = tsn;
    take_in_first_ranges();
}

void ReceivedTsns::take_in_first_ranges() {
    std::size_t taken = 0;
    for (; taken < ranges_.size() && ranges_[taken].first <= cumulative_ + 1; ++taken)
        cumulative_ = std::max(cumulative_, ranges_[taken].last);
    ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(taken));
}

std::vector<GapBlock> ReceivedTsns::gap_blocks(std::size_t max) const {
    std::vector<GapBlock> blocks;
    const std::size_t count = std::min(max, ranges_.size());
    blocks.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        blocks.push_back({static_cast<std::uint16_t>(ranges_[i].first - cumulative_),
                          static_cast<std::uint16_t>(ranges_[i].last - cumulative_)});
    }
    return blocks;
}

} // namespace vv::sctp
