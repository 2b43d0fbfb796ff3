#include "apps/call_words.h"

#include "apps/fetch_reason.h"
#include "apps/terminal_text.h"
#include "base/ascii.h"
#include "call/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>
#include <variant>

namespace vv::apps {
namespace {

// What a server says that has too many visitors, or stops (RFC 9110 §15, RFC 6585 §4; RFC 6455 §7.4.1).
bool is_busy(int status) {
    return status == 429 || status == 503;
}
constexpr int kTryAgainLater = 1013;
bool is_redirection(int status) {
    return status >= 300 && status < 400;
}

std::string seconds_text(Duration time) {
    return roughly(std::chrono::round<std::chrono::seconds>(time));
}

std::string milliseconds_text(Duration time) {
    constexpr double kFew = 10;
    const double number = std::chrono::duration<double, std::milli>(time).count();
    return fmt::format("{:.{}f} ms", number, number < kFew ? 1 : 0);
}

std::string_view protocol_words(ice::RelayProtocol protocol) {
    switch (protocol) {
    case ice::RelayProtocol::kUdp:
        return "UDP";
    case ice::RelayProtocol::kTcp:
        return "TCP";
    case ice::RelayProtocol::kTls:
        return "TLS";
    }
    std::unreachable();
}

std::string path_words(const call::Path& path) {
    if (!path.is_relayed()) return "directly, from this machine to theirs, as far as can be seen from here";
    return path.own_relay ? fmt::format("over a relay, which is reached by {}", protocol_words(*path.own_relay))
                          : "over a relay of the other end's";
}

// "1234 5678": two groups are easier to read aloud.
std::string grouped(const std::string& digits) {
    const std::size_t half = digits.size() / 2;
    return digits.substr(0, half) + " " + digits.substr(half);
}

std::string code_words(const caller::SafetyCode& code) {
    std::string fingers;
    for (const std::uint8_t finger : code.fingers)
        fingers += (fingers.empty() ? "" : " ") + std::to_string(finger);
    return fmt::format("safety code: {} ({})\n"
                       "             or in digits {}, or in fingers {}\n"
                       "             if the other sees the same, nobody stands between you",
                       code.words(), code.picture_text(), grouped(code.digits), fingers);
}

std::string named(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + harmless_line(name, kExcerptMax);
    return text;
}

using Words = std::optional<std::string>;

struct Teller {
    Words operator()(const call::Online&) const { return "the server is there"; }
    Words operator()(const call::Offline&) const { return "the server is away, and is looked for"; }
    Words operator()(const call::Waiting& event) const {
        std::string text = "waiting for somebody";
        if (event.ahead > 0) text += fmt::format("; {} have waited longer", event.ahead);
        if (event.estimate) text += "; it may take " + seconds_text(*event.estimate);
        return text;
    }
    Words operator()(const call::Met& event) const {
        const std::string_view brings = event.media == lobby::Media::kVideo ? "with a picture" : "with sound alone";
        const std::string topics = event.topics.empty() ? "" : "; in common: " + named(event.topics);
        return fmt::format("somebody is there, {}{}", brings, topics);
    }
    Words operator()(const call::Unmet& event) const { return std::string(unmet_words(event.why)) + "; looking on"; }
    Words operator()(const call::Begun&) const { return "both want to talk: looking for a way"; }
    Words operator()(const call::PathChanged& event) const { return "it goes " + path_words(event.path); }
    Words operator()(const call::PartnerPath& event) const {
        return event.is_relayed ? Words("the other end says that it uses a relay") : std::nullopt;
    }
    Words operator()(const call::ProvenDirect& event) const {
        return event.is_proven ? Words("proven: each end sends to an address that the other has itself") : std::nullopt;
    }
    Words operator()(const call::Secured& event) const {
        const std::string_view srtp = srtp_name(event.srtp);
        return fmt::format("encrypted from end to end: {}{}{}", harmless_line(event.cipher, kExcerptMax),
                           srtp.empty() ? "" : ", ", srtp);
    }
    Words operator()(const call::Connected&) const { return "connected: what you write is read by the other end"; }
    Words operator()(const call::Interrupted&) const { return "nothing comes any more: looking for another way"; }
    Words operator()(const call::Restarted& event) const {
        return fmt::format("another way is looked for: {}", call::name_of(event.why));
    }
    Words operator()(const call::CodeFound& event) const { return code_words(event.code); }
    Words operator()(const call::CodeMissing& event) const {
        if (!event.flaw) return "there is no safety code: the other end has none";
        return "WARNING: the safety code does not come out right. Somebody may stand between you: say nothing that "
               "others must not hear";
    }
    Words operator()(const call::ChatHeard&) const { return std::nullopt; } // said on its own
    Words operator()(const call::SoundHeard&) const { return std::nullopt; }
    Words operator()(const call::PictureSeen&) const { return std::nullopt; }
    Words operator()(const call::KeyframeWanted&) const { return std::nullopt; }
    Words operator()(const call::PartnerMedia& event) const {
        const std::string_view picture = event.is_screen ? "their screen" : "their picture";
        return fmt::format("the other sends {}{}{}", event.has_picture ? picture : "",
                           event.has_picture && event.has_sound ? " and " : "",
                           event.has_sound     ? "sound"
                           : event.has_picture ? ""
                                               : "neither picture nor sound");
    }
    Words operator()(const call::PictureLimit&) const { return std::nullopt; } // not for a person
    Words operator()(const call::StandingChanged& event) const {
        switch (event.standing) {
        case caller::Standing::kLive:
            return "the server knows both ends again";
        case caller::Standing::kHalf:
            return "the server has lost the other end";
        case caller::Standing::kAway:
            return "the server is away; the call goes on without it";
        case caller::Standing::kGone:
            return "the server does not know this call any more; it goes on for as long as its way holds";
        }
        std::unreachable();
    }
    Words operator()(const call::Ended&) const { return std::nullopt; } // the summary says it
    Words operator()(const call::Over&) const { return std::nullopt; }
    Words operator()(const call::Refused& event) const {
        return fmt::format("the server refused something: {} {}", harmless_line(event.error.code, kExcerptMax),
                           harmless_line(event.error.text, kExcerptMax));
    }
};

// Nothing where nothing came and nothing went.
std::string media_words(std::string_view name, const peer::MediaStats& stats) {
    const auto& [sent, received] = stats;
    if (sent.packets == 0 && received.packets == 0) return {};
    std::string text = fmt::format("\n{}: {} packets sent, {} received", name, sent.packets, received.packets);
    constexpr double kHundred = 100;
    if (const auto lost = share_lost(received))
        text += fmt::format(", {:.2g} % lost on the way here", *lost * kHundred);
    return text;
}

} // namespace

std::optional<std::string> event_words(const call::Event& event) {
    return std::visit(Teller(), event);
}

std::string_view unmet_words(caller::UnmetReason why) {
    switch (why) {
    case caller::UnmetReason::kNotMet:
        return "it came to nothing";
    case caller::UnmetReason::kReload:
        return "the other page was loaded again";
    case caller::UnmetReason::kKey:
        return "somebody was there without the link's key";
    }
    std::unreachable();
}

std::string end_words(const call::Ended& ended) {
    std::string text(call::name_of(ended.why));
    if (ended.why == caller::EndReason::kNoRelay) text += ": one of you hides the address, and that needs one";
    if (ended.why == caller::EndReason::kFull) text += ": make another with --new-link";
    if (ended.retry_after) text += "; again in " + seconds_text(*ended.retry_after);
    return text;
}

std::string_view over_words(caller::SessionEnd why) {
    switch (why) {
    case caller::SessionEnd::kStopped:
        return "the session with the server was ended here";
    case caller::SessionEnd::kElsewhere:
        return "this session has gone on elsewhere";
    case caller::SessionEnd::kVersion:
        return "the server speaks another version of the protocol than this program";
    }
    std::unreachable();
}

std::string harmless_chat(std::string_view text) {
    return harmless_line(text, call::kChatLettersMax);
}

std::optional<bool> read_answer(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return std::nullopt;
    const std::string word = ascii_lowered(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
    if (word == "y" || word == "yes") return true;
    if (word == "n" || word == "no") return false;
    return std::nullopt;
}

std::string question_of(Duration left) {
    return fmt::format("do you want to talk? y or n, within {}", seconds_text(std::max(left, Duration{})));
}

std::string server_words(const net::HttpUrl& page, const std::optional<net::WebSocketEnd>& end) {
    const std::string where = page.authority();
    if (!end) return where + " does not answer";
    if (is_busy(end->status)) {
        return fmt::format("{} is full, or stopping (status {}): try again later", where, end->status);
    }
    if (is_redirection(end->status)) {
        return fmt::format("{} leads on to another place (status {}): open its page in a browser and take the address "
                           "that is shown there",
                           where, end->status);
    }
    if (end->status != 0) {
        return fmt::format("{} answers with status {} where a visavis has its signaling: is it one?", where,
                           end->status);
    }
    if (!end->why && end->code == kTryAgainLater) {
        return fmt::format("{} is full, or stopping (code {}): try again later", where, end->code);
    }
    if (!end->why) return fmt::format("{} has closed the connection (code {})", where, end->code);
    std::string text = fetch_reason(page, *end->why);
    if (end->why->failure == net::FetchFailure::kNotTrusted) {
        text += "; if it is the server's own, name its file with --trust";
    }
    return text;
}

std::optional<std::string> rooms_words(const caller::WelcomeMessage& welcome, const std::string& tag) {
    const auto& rooms = welcome.rooms;
    if (std::ranges::find(rooms, tag, &caller::RoomInfo::tag) != rooms.end()) return std::nullopt;
    if (rooms.empty()) return "this server has no rooms open; a private link may do: --new-link";
    std::vector<std::string> tags;
    tags.reserve(rooms.size());
    for (const caller::RoomInfo& room : rooms)
        tags.push_back(room.tag);
    return fmt::format("there is no room '{}'; there are {}", tag, named(tags));
}

std::string summary_words(const CallSummary& summary) {
    const call::Report& report = summary.report;
    std::string text = summary.why;
    if (summary.connected) {
        text += fmt::format("\nconnected {} after the start, for {}", milliseconds_text(*summary.connected),
                            seconds_text(summary.ended - *summary.connected));
        if (report.path) text += "\nit went " + path_words(*report.path);
        if (report.round_trip) text += "\nthere and back in " + milliseconds_text(*report.round_trip);
        text += media_words("sound", report.sound) + media_words("picture", report.picture);
    }
    for (const WrittenFile& file : summary.files) {
        const std::string name = harmless_line(file.path.string(), kExcerptMax);
        text += '\n';
        if (!file.error.empty()) {
            text += file.error;
        } else if (file.bytes > 0) {
            text += fmt::format("{}: {} bytes", name, file.bytes);
        } else {
            text += name + ": nothing came, and so there is no file";
        }
    }
    return text;
}

} // namespace vv::apps
