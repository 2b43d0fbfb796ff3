// What happens in `visavis call`, in words for a person at a terminal. What strangers wrote is made harmless.
#pragma once

#include "apps/call_summary.h"
#include "call/event.h"
#include "net/http_url.h"
#include "net/websocket_client.h"

#include <optional>
#include <string>
#include <string_view>

namespace vv::apps {

/// One line or several, without the last end. Nothing for what a person need not be told.
[[nodiscard]] std::optional<std::string> event_words(const call::Event& event);
[[nodiscard]] std::string_view unmet_words(caller::UnmetReason why);
/// Why the call is over.
[[nodiscard]] std::string end_words(const call::Ended& ended);
/// Why the session with the server is over.
[[nodiscard]] std::string_view over_words(caller::SessionEnd why);
/// The partner's message on one line.
[[nodiscard]] std::string harmless_chat(std::string_view text);
/// Whether it is yes, however a person writes it; nothing: it is neither yes nor no.
[[nodiscard]] std::optional<bool> read_answer(std::string_view text);
/// What to answer, and by when.
[[nodiscard]] std::string question_of(Duration left);
/// Why no connection to the server stands, and what to do.
[[nodiscard]] std::string server_words(const net::HttpUrl& page, const std::optional<net::WebSocketEnd>& end);
/// That there is no such room, and which there are. Nothing: there is.
[[nodiscard]] std::optional<std::string> rooms_words(const caller::WelcomeMessage& welcome, const std::string& tag);
/// How the call was: a few lines, without the last end.
[[nodiscard]] std::string summary_words(const CallSummary& summary);

} // namespace vv::apps
