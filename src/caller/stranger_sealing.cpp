#include "caller/stranger_sealing.h"

#include "base/assert.h"
#include "caller/mail.h"

#include <utility>

namespace vv::caller {

void StrangerSealing::handle_agreed(const Agreed& agreed) {
    // One agreement serves a call. Keys that are begun with again would seal other bodies under counters that they
    // have sealed with, which gives both bodies and the keys of their tags away.
    if (sealer_) return;
    sealer_.emplace(agreed.send);
    opener_.emplace(agreed.receive);
}

std::vector<StrangerSealing::Told> StrangerSealing::handle_done(std::uint64_t taken) {
    VV_ASSERT(sealer_ && "a partner's `done` follows the agreement");
    seals_ = true;
    std::vector<Told> again;
    for (Told& told : std::exchange(told_, {})) {
        if (told.id > taken) again.push_back(std::move(told));
    }
    return again;
}

void StrangerSealing::note_told(Told told) {
    if (seals_) return;
    told_.push_back(std::move(told));
    if (told_.size() > kBodiesKept) told_.pop_front();
}

std::string StrangerSealing::seal(std::string_view call, const Body& body, std::optional<std::uint64_t> first) {
    VV_ASSERT(seals_ && sealer_);
    return sealer_->seal(call, write_body(body, first));
}

std::optional<std::string> StrangerSealing::open(std::string_view call, std::uint64_t id, std::string_view body) {
    if (body.starts_with('{')) {
        if (!takes_plain_ || id <= taken_) return std::nullopt;
        taken_ = id;
        return std::string(body);
    }
    auto text = opener_ ? opener_->open(call, body) : std::nullopt;
    if (!text) return std::nullopt;
    takes_plain_ = false;
    if (is_known(*text)) return std::nullopt;
    return text;
}

// Told again, and had come all the same.
bool StrangerSealing::is_known(std::string_view text) {
    const auto first = first_id_of(text);
    if (!first) return false;
    if (*first <= taken_) return true;
    taken_ = *first;
    return false;
}

} // namespace vv::caller
