#include "caller/mail.h"

#include <algorithm>
#include <utility>

namespace vv::caller {

Letter Outbox::add(std::string body) {
    Letter letter{++last_, std::move(body)};
    kept_.push_back({letter, false});
    return letter;
}

void Outbox::handle_ack(std::uint64_t id) {
    const auto found = std::ranges::find(kept_, id, [](const Kept& kept) { return kept.letter.id; });
    if (found == kept_.end() || found->is_acked) return;
    found->is_acked = true;
    if (++acked_ <= kBodiesKept) return;
    kept_.erase(std::ranges::find(kept_, true, &Kept::is_acked));
    --acked_;
}

std::vector<Letter> Outbox::to_resend(bool is_new_epoch) {
    if (is_new_epoch) {
        for (Kept& kept : kept_)
            kept.is_acked = false;
        acked_ = 0;
    }
    std::vector<Letter> letters;
    for (const Kept& kept : kept_) {
        if (!kept.is_acked) letters.push_back(kept.letter);
    }
    return letters;
}

void Inbox::handle_accepted(std::string_view epoch) {
    if (epoch_.empty()) epoch_ = epoch;
}

Inbox::Incoming Inbox::handle_relay(std::string_view epoch, std::uint64_t sequence, std::uint64_t id,
                                    std::string_view own_epoch) {
    if (epoch != own_epoch) return Incoming::kStale;
    if (epoch_ != epoch) {
        epoch_ = epoch;
        sequence_ = 0;
    }
    if (sequence <= sequence_) return Incoming::kDuplicate;
    if (sequence > sequence_ + 1) return Incoming::kGap;
    sequence_ = sequence;
    ++untold_;
    // After a restart of the server the partner sends everything again under new sequence numbers.
    if (id <= last_id_) return Incoming::kDuplicate;
    last_id_ = id;
    return Incoming::kNew;
}

std::optional<HaveMark> Inbox::have() const {
    if (epoch_.empty()) return std::nullopt;
    return HaveMark{epoch_, sequence_};
}

bool Inbox::is_time_to_tell() {
    if (untold_ < kTellHaveEvery) return false;
    untold_ = 0;
    return true;
}

} // namespace vv::caller
