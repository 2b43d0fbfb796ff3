// One language room: who waits in it, and who of them a newcomer should meet.
#pragma once

#include "base/instant.h"
#include "lobby/command.h"
#include "lobby/lately_count.h"
#include "lobby/waiting_line.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::lobby {

/// How long people lately waited until they were matched: a moving average that is forgotten when it is old.
class WaitEstimate {
public:
    void record(Instant now, Duration waited);
    /// Seconds, at least 1; nothing while unknown.
    [[nodiscard]] std::optional<std::uint32_t> seconds(Instant now) const;

private:
    Instant recorded_{};
    double average_ = 0; // seconds
    bool known_ = false;
};

class LanguageRoom {
public:
    void join(const Preferences& prefs, const Waiter& waiter);
    /// False if this ticket does not wait with these preferences.
    bool leave(const Preferences& prefs, std::uint64_t ticket);
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::size_t older_than(std::uint64_t ticket) const;

    /// Among the oldest kCandidatesMax whose `media` and `need` fit and whom `may_meet` admits, the one with most
    /// topics in common, then the oldest.
    template <std::predicate<const Waiter&> MayMeet>
    [[nodiscard]] std::optional<Waiter> choose(const Preferences& prefs, MayMeet may_meet) const;

    /// People who looked for someone within the last hour, those who wait included.
    [[nodiscard]] std::size_t lately() const { return size() + looked.count(); }

    WaitEstimate estimate;
    LatelyCount looked; // those who do not wait any more
    // The lobby's count of changes at the last one of size(), and of lately().
    std::uint64_t changed = 0;
    std::uint64_t lately_changed = 0;
    std::size_t lately_known = 0; // lately() then

private:
    /// People are kept apart by media and need, so that who does not fit is never looked at.
    static constexpr std::size_t kLines = 4;
    [[nodiscard]] static std::size_t line_of(Media media, Need need);
    [[nodiscard]] static bool fits(const Preferences& prefs, Media media, Need need);

    /// The lines that fit, walked together in the order of age.
    class Walk {
    public:
        Walk(const LanguageRoom& room, const Preferences& prefs);
        [[nodiscard]] const Waiter* next();

    private:
        std::array<std::optional<WaitingLine::Cursor>, kLines> cursors_;
    };
    /// Keeps the best of the candidates it is shown, oldest first.
    class Choice {
    public:
        explicit Choice(TopicSet topics);
        /// True if nobody better can follow.
        bool consider(const Waiter& waiter);
        [[nodiscard]] std::optional<Waiter> best() const { return best_; }

    private:
        std::uint32_t topics_;
        int topics_count_;
        int best_common_ = -1;
        std::size_t considered_ = 0;
        std::optional<Waiter> best_;
    };

    std::array<WaitingLine, kLines> lines_;
};

template <std::predicate<const Waiter&> MayMeet>
std::optional<Waiter> LanguageRoom::choose(const Preferences& prefs, MayMeet may_meet) const {
    Walk walk(*this, prefs);
    Choice choice(prefs.topics);
    while (const Waiter* const waiter = walk.next()) {
        if (may_meet(*waiter) && choice.consider(*waiter)) break;
    }
    return choice.best();
}

} // namespace vv::lobby
