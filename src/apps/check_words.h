// What `visavis check` says in words: what to do about this and that, and how a call went.
#pragma once

#include "apps/check_report.h"
#include "base/instant.h"
#include "call/report.h"
#include "net/http_client.h"
#include "net/turn_trial.h"
#include "net/websocket_client.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace vv::apps {

/// "12.3 ms".
[[nodiscard]] std::string milliseconds_of(double seconds);
/// A machine talks to itself there.
[[nodiscard]] bool is_this_machine(std::string_view host);
/// What to do where the page cannot be had; empty: nothing is known.
[[nodiscard]] std::string advice_for(net::FetchFailure failure);
/// What to do where the page comes and no WebSocket does; end: of the newest attempt, nothing where none has ended.
[[nodiscard]] std::string signaling_advice(const std::optional<net::WebSocketEnd>& end);
[[nodiscard]] std::string advice_for_call(bool is_relayed);
/// How a call went that came about. connect_time: from both ends' being there to sound and picture.
[[nodiscard]] CheckFinding finding_of(CheckPart part, const std::array<call::Report, 2>& reports,
                                      Duration connect_time);
/// Of a relay at `where`, "192.0.2.1:3478", that was tried by one transport.
[[nodiscard]] CheckFinding finding_of(CheckPart part, const std::string& where, const net::TurnTrial::Outcome& outcome);

} // namespace vv::apps
