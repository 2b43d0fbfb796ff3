#include "ice/previous_path.h"

#include "ice/limits.h"

#include <algorithm>
#include <utility>

namespace vv::ice {

PreviousPath::PreviousPath(const Session& session, const PathInfo& info) : consent_(*session.consent()), info_(info) {
    VV_ASSERT(info.route == consent_.route());
    for (const Pair& pair : session.checklist().pairs()) {
        if (pair.state == PairState::kSucceeded) valid_.push_back(pair.route);
    }
}

bool PreviousPath::is_valid(const Route& route) const {
    return consent_.route() == route || std::ranges::find(valid_, route) != valid_.end();
}

void PreviousPath::handle_request(Instant now, const Route& route, const stun::Message& request) {
    const stun::TransactionId& id = request.transaction_id();
    const ByteView key = local_credentials().key();
    handle_sign_of_life(now, route);
    if (answers_.size() == kAnswersMax) return;
    const auto check = parse_check(request);
    answers_.push_back({route, check ? write_check_answer(id, route.remote, key)
                                     : write_check_refusal(id, check.error().code, check.error().unknown, key)});
}

bool PreviousPath::handle_answer(Instant now, const Route& route, const stun::Message& answer) {
    return consent_.handle_answer(now, route, answer);
}

void PreviousPath::handle_sign_of_life(Instant now, const Route& route) {
    if (consent_.route() == route) consent_.handle_sign_of_life(now);
}

std::optional<Transmit> PreviousPath::poll_transmit(const Role& role) {
    if (answers_.empty()) return consent_.poll_transmit(role);
    Transmit next = std::move(answers_.front());
    answers_.pop_front();
    return next;
}

} // namespace vv::ice
