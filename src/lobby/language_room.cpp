#include "lobby/language_room.h"

#include "lobby/limits.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vv::lobby {
namespace {

constexpr double kNewestWeight = 0.2;
constexpr Duration kEstimateLife = 10min;

} // namespace

void WaitEstimate::record(Instant now, Duration waited) {
    const double seconds = std::chrono::duration<double>(waited).count();
    const bool fresh = known_ && now - recorded_ <= kEstimateLife;
    average_ = fresh ? average_ + kNewestWeight * (seconds - average_) : seconds;
    recorded_ = now;
    known_ = true;
}

std::optional<std::uint32_t> WaitEstimate::seconds(Instant now) const {
    if (!known_ || now - recorded_ > kEstimateLife) return std::nullopt;
    return static_cast<std::uint32_t>(std::max(1.0, std::ceil(average_)));
}

std::size_t LanguageRoom::line_of(Media media, Need need) {
    return (media == Media::kVideo ? 2U : 0U) + (need == Need::kVideo ? 1U : 0U);
}

bool LanguageRoom::fits(const Preferences& prefs, Media media, Need need) {
    const bool i_am_content = prefs.need == Need::kAny || media == Media::kVideo;
    const bool they_are_content = need == Need::kAny || prefs.media == Media::kVideo;
    return i_am_content && they_are_content;
}

void LanguageRoom::join(const Preferences& prefs, const Waiter& waiter) {
    lines_[line_of(prefs.media, prefs.need)].insert(waiter);
}

bool LanguageRoom::leave(const Preferences& prefs, std::uint64_t ticket) {
    return lines_[line_of(prefs.media, prefs.need)].erase(ticket);
}

std::size_t LanguageRoom::size() const {
    std::size_t size = 0;
    for (const WaitingLine& line : lines_)
        size += line.size();
    return size;
}

std::size_t LanguageRoom::older_than(std::uint64_t ticket) const {
    std::size_t older = 0;
    for (const WaitingLine& line : lines_)
        older += line.older_than(ticket);
    return older;
}

LanguageRoom::Walk::Walk(const LanguageRoom& room, const Preferences& prefs) {
    for (const Media media : {Media::kSound, Media::kVideo}) {
        for (const Need need : {Need::kAny, Need::kVideo}) {
            const std::size_t line = line_of(media, need);
            if (fits(prefs, media, need)) cursors_[line].emplace(room.lines_[line]);
        }
    }
}

const Waiter* LanguageRoom::Walk::next() {
    WaitingLine::Cursor* oldest = nullptr;
    for (auto& cursor : cursors_) {
        if (!cursor || cursor->current() == nullptr) continue;
        if (oldest == nullptr || cursor->current()->ticket < oldest->current()->ticket) oldest = &*cursor;
    }
    if (oldest == nullptr) return nullptr;
    const Waiter* const waiter = oldest->current();
    oldest->advance();
    return waiter;
}

LanguageRoom::Choice::Choice(TopicSet topics) : topics_(topics.value()), topics_count_(std::popcount(topics.value())) {}

bool LanguageRoom::Choice::consider(const Waiter& waiter) {
    const int common = std::popcount(waiter.topics & topics_);
    if (common > best_common_) {
        best_common_ = common;
        best_ = waiter;
    }
    return best_common_ == topics_count_ || ++considered_ == kCandidatesMax;
}

} // namespace vv::lobby
