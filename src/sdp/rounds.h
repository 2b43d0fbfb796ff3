// Whether a description fits those before it: an answer its offer, and the offer
// of a later round what was agreed on in the last (RFC 3264 §6, §8; RFC 8829 §5).
#pragma once

#include "sdp/description.h"
#include "sdp/negotiation.h"

#include <optional>
#include <string_view>

namespace vv::sdp {

/// What is wrong with the answer; nothing: it can be taken.
[[nodiscard]] std::optional<Refusal> check_answer(const Description& offer, const Description& answer);

/// current: the last description of either end that holds.
[[nodiscard]] std::optional<Refusal> check_next_offer(const Description& current, const Description& next);

/// before, after: descriptions of the same end. Both texts change in a restart (RFC 8839 §4.4.1.1.1); who changes one
/// of them cannot be reached as before either.
[[nodiscard]] bool is_ice_restart(const Description& before, const Description& after);

/// Whether this end is to say hello, by the setup of an answer; is_own: whether it is this end's.
[[nodiscard]] bool is_active(const Description& answer, bool is_own);

} // namespace vv::sdp
