// Which offer is which. The first is number 0; after it one end makes them all, and the
// other asks it to. An answer names the offer it answers, and a wish the newest its
// sender has answered, so that neither is taken for what it is not (docs/protocol.md).
//
// A pure policy, as web/core/offers.ts is: no connection, and time is handed in.
#pragma once

#include "base/instant.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace vv::call {

/// An offer without an answer for this long may be followed by another: the partner may have failed at it.
inline constexpr std::chrono::seconds kUnansweredTime{8};
/// Where the network it was made for is another now.
inline constexpr std::chrono::seconds kUnansweredHurryTime{2};

using Round = std::uint64_t;

enum class OfferDue : std::uint8_t { kNone, kOffer, kRestart };

class Offers {
public:
    /// The call begins. is_first: this end makes the first offer.
    void handle_begin(bool is_first) { is_first_ = is_mine_ = is_first; }
    /// The first offer has been answered. Of a Firefox and another the Firefox makes the later ones, and we are none.
    void handle_first_round(bool is_partner_firefox) { is_mine_ = !is_partner_firefox && is_first_; }

    /// This end makes the later ones.
    [[nodiscard]] bool is_mine() const { return is_mine_; }
    /// The number of the newest, of whichever end makes them.
    [[nodiscard]] Round round() const { return newest_; }

    /// This end makes a later offer: gives its number. restarts: ICE; is_renewed: from another connection.
    Round handle_own(bool restarts, Instant now, bool is_renewed) {
        ++newest_;
        since_ = now;
        if (restarts) {
            restarted_ = newest_;
            is_owed_ = false;
        }
        if (is_renewed) renewed_ = newest_;
        return newest_;
    }
    /// The partner's has been answered. Nothing: its page does not number them.
    void handle_answered(std::optional<Round> round) { newest_ = round.value_or(newest_ + 1); }
    /// Whether an offer of the partner's is to be looked at: it may come twice, or after a later one.
    [[nodiscard]] bool take_new(std::optional<Round> round) {
        if (!round) return true;
        const bool is_new = *round > heard_;
        heard_ = std::max(heard_, *round);
        return is_new;
    }
    /// Whether it answers the newest own offer.
    [[nodiscard]] bool is_answer(std::optional<Round> round) const { return !round || *round == newest_; }
    /// Whether another offer may be made. is_free: none of this end's is without an answer.
    [[nodiscard]] bool may_offer(bool is_free, Instant now, bool hurries = false) const {
        const Duration wait = hurries ? Duration(kUnansweredHurryTime) : Duration(kUnansweredTime);
        return is_free || !since_ || now >= *since_ + wait;
    }
    /// What the partner's wish for an offer leads to. One for a restart that an own offer has fulfilled since leads to
    /// nothing; one that crosses an offer which restarts nothing is granted after it.
    [[nodiscard]] OfferDue handle_wish(bool restarts, std::optional<Round> round, bool is_free, Instant now) {
        const OfferDue wished = restarts ? OfferDue::kRestart : OfferDue::kOffer;
        if (!is_free && may_offer(is_free, now)) return wished;
        const Round answered = round.value_or(is_free || newest_ == 0 ? newest_ : newest_ - 1);
        if (restarts && answered < restarted_) return OfferDue::kNone;
        if (is_free) return wished;
        is_owed_ = is_owed_ || restarts;
        return OfferDue::kNone;
    }
    /// Whether an own offer from another connection is newer than what the partner had answered when it said `round`.
    [[nodiscard]] bool has_renewed_since(std::optional<Round> round) const { return round && *round < renewed_; }
    /// True once after an answer, if a restart was asked for meanwhile.
    [[nodiscard]] bool take_owed() { return std::exchange(is_owed_, false); }

private:
    bool is_mine_ = false;
    bool is_first_ = false;
    bool is_owed_ = false;
    Round newest_ = 0;
    Round restarted_ = 0;
    Round renewed_ = 0;
    Round heard_ = 0; // the newest of the partner's, whether or not it could be answered
    std::optional<Instant> since_;
};

} // namespace vv::call
