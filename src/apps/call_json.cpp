#include "apps/call_json.h"

#include "apps/call_words.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <utility>
#include <variant>

namespace vv::apps {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kTenths = 10; // of a millisecond: less is noise
constexpr double kShareDigits = 1e5;

double rounded(double value, double digits) {
    return std::round(value * digits) / digits;
}

double milliseconds(Duration time) {
    return rounded(std::chrono::duration<double, std::milli>(time).count(), kTenths);
}

Json milliseconds_or_null(const std::optional<Duration>& time) {
    return time ? Json(milliseconds(*time)) : Json(nullptr);
}

Json event_object(std::string_view name, Duration at) {
    return {{"event", name}, {"at_ms", milliseconds(at)}};
}

std::string line_of(const Json& object) {
    return object.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Json relay_or_null(const std::optional<ice::RelayProtocol>& relay) {
    return relay ? Json(call::name_of(*relay)) : Json(nullptr);
}

Json path_object(const call::Path& path) {
    return {{"relayed", path.is_relayed()},
            {"local", ice::name_of(path.local)},
            {"remote", ice::name_of(path.remote)},
            {"relay", relay_or_null(path.own_relay)}};
}

Json code_object(const caller::SafetyCode& code) {
    return {
        {"words", code.words()}, {"pictures", code.picture_text()}, {"digits", code.digits}, {"fingers", code.fingers}};
}

// Programs compare these; the sentence beside them is for people, and may change.
std::string_view token_of(caller::EndReason why) {
    using enum caller::EndReason;
    switch (why) {
    case kYou:
        return "you";
    case kSilent:
        return "silent";
    case kLeft:
        return "left";
    case kNext:
        return "next";
    case kFailed:
        return "failed";
    case kLost:
        return "lost";
    case kGone:
        return "gone";
    case kNoRelay:
        return "no_relay";
    case kFingerprint:
        return "fingerprint";
    case kKey:
        return "key";
    case kFull:
        return "full";
    case kReplaced:
        return "replaced";
    case kClosed:
        return "closed";
    case kSession:
        return "session";
    case kCooldown:
        return "cooldown";
    case kBanned:
        return "banned";
    }
    std::unreachable();
}

std::string_view token_of(caller::UnmetReason why) {
    switch (why) {
    case caller::UnmetReason::kNotMet:
        return "not_met";
    case caller::UnmetReason::kReload:
        return "reload";
    case caller::UnmetReason::kKey:
        return "key";
    }
    std::unreachable();
}

std::string_view token_of(call::RestartReason why) {
    using enum call::RestartReason;
    switch (why) {
    case kInterrupted:
        return "interrupted";
    case kFailed:
        return "failed";
    case kSign:
        return "network";
    case kRelay:
        return "relay";
    case kHandshake:
        return "handshake";
    case kPartner:
        return "partner";
    }
    std::unreachable();
}

/// Fills an event's object; what it is not called for is not told.
class Filler {
public:
    explicit Filler(Duration at) : at_(at) {}

    std::optional<Json> operator()(const call::Online& event) const {
        Json rooms = Json::array();
        for (const caller::RoomInfo& room : event.welcome.rooms)
            rooms.push_back({{"tag", room.tag}, {"waiting", room.waiting}});
        return with("online", {{"rooms", std::move(rooms)}, {"resumed", event.welcome.resumed}});
    }
    std::optional<Json> operator()(const call::Offline&) const { return with("offline"); }
    std::optional<Json> operator()(const call::Waiting& event) const {
        return with("waiting", {{"ahead", event.ahead}, {"estimate_ms", milliseconds_or_null(event.estimate)}});
    }
    std::optional<Json> operator()(const call::Met& event) const {
        return with("met", {{"by", event.kind == lobby::CallKind::kRoom ? "room" : "link"},
                            {"brings", event.media == lobby::Media::kVideo ? "picture" : "sound"},
                            {"topics", event.topics}});
    }
    std::optional<Json> operator()(const call::Unmet& event) const {
        return with("unmet", {{"why", token_of(event.why)}, {"text", unmet_words(event.why)}});
    }
    std::optional<Json> operator()(const call::Begun&) const { return with("begun"); }
    std::optional<Json> operator()(const call::PathChanged& event) const {
        return with("path", path_object(event.path));
    }
    std::optional<Json> operator()(const call::PartnerPath& event) const {
        return with("partner_path", {{"relayed", event.is_relayed}, {"relay", relay_or_null(event.relay)}});
    }
    std::optional<Json> operator()(const call::ProvenDirect& event) const {
        return with("proven_direct", {{"proven", event.is_proven}});
    }
    std::optional<Json> operator()(const call::Secured& event) const {
        return with("secured", {{"cipher", event.cipher}, {"srtp", srtp_name(event.srtp)}});
    }
    std::optional<Json> operator()(const call::Connected&) const { return with("connected"); }
    std::optional<Json> operator()(const call::Interrupted&) const { return with("interrupted"); }
    std::optional<Json> operator()(const call::Restarted& event) const {
        return with("restarted",
                    {{"why", token_of(event.why)}, {"text", call::name_of(event.why)}, {"renewed", event.is_renewed}});
    }
    std::optional<Json> operator()(const call::CodeFound& event) const { return with("code", code_object(event.code)); }
    std::optional<Json> operator()(const call::CodeMissing& event) const {
        return with("code_missing", {{"wrong", event.flaw.has_value()}});
    }
    std::optional<Json> operator()(const call::ChatHeard& event) const { return with("chat", {{"text", event.text}}); }
    std::optional<Json> operator()(const call::SoundHeard&) const { return std::nullopt; }
    std::optional<Json> operator()(const call::PictureSeen&) const { return std::nullopt; }
    std::optional<Json> operator()(const call::KeyframeWanted&) const { return std::nullopt; }
    std::optional<Json> operator()(const call::PartnerMedia& event) const {
        return with("partner_media",
                    {{"picture", event.has_picture}, {"sound", event.has_sound}, {"screen", event.is_screen}});
    }
    std::optional<Json> operator()(const call::PictureLimit& event) const {
        return with("picture_limit", {{"height", event.most ? Json(event.most->height) : Json(nullptr)},
                                      {"rate", event.most ? Json(event.most->rate) : Json(nullptr)}});
    }
    std::optional<Json> operator()(const call::StandingChanged& event) const {
        return with("standing", {{"is", name_of(event.standing)}});
    }
    std::optional<Json> operator()(const call::Ended& event) const {
        return with("ended", {{"why", token_of(event.why)},
                              {"text", end_words(event)},
                              {"retry_after_ms", milliseconds_or_null(event.retry_after)}});
    }
    std::optional<Json> operator()(const call::Over&) const { return std::nullopt; }
    std::optional<Json> operator()(const call::Refused& event) const {
        return with("refused", {{"code", event.error.code}, {"text", event.error.text}, {"about", event.error.about}});
    }

private:
    [[nodiscard]] Json with(std::string_view name, const Json& more = Json::object()) const {
        Json object = event_object(name, at_);
        object.update(more);
        return object;
    }

    Duration at_;
};

Json phases_object(const CallSummary& summary) {
    const call::Phases& phases = summary.report.phases;
    return {{"online_ms", milliseconds_or_null(phases.online)},
            {"waiting_ms", milliseconds_or_null(phases.waiting)},
            {"met_ms", milliseconds_or_null(phases.met)},
            {"accepted_ms", milliseconds_or_null(phases.accepted)},
            {"begun_ms", milliseconds_or_null(phases.begun)},
            {"path_ms", milliseconds_or_null(phases.path)},
            {"secured_ms", milliseconds_or_null(phases.secured)},
            {"connected_ms", milliseconds_or_null(summary.connected)},
            {"first_connected_ms", milliseconds_or_null(summary.first_connected)},
            {"code_ms", milliseconds_or_null(phases.code)},
            {"media_ms", milliseconds_or_null(phases.media)},
            {"ended_ms", milliseconds(summary.ended)}};
}

Json media_object(const peer::MediaStats& stats) {
    const auto& [sent, received] = stats;
    const auto loss = share_lost(received);
    return {{"sent",
             {{"packets", sent.packets},
              {"bytes", sent.bytes},
              {"frames", sent.frames},
              {"repeats", sent.repeats},
              {"lost", sent.lost},
              {"jitter_ms", milliseconds(sent.jitter)},
              {"round_trip_ms", milliseconds_or_null(sent.round_trip)}}},
            {"received",
             {{"packets", received.packets},
              {"frames", received.frames},
              {"lost", received.lost},
              {"loss", loss ? Json(rounded(*loss, kShareDigits)) : Json(nullptr)},
              {"repaired", received.repaired},
              {"late", received.late},
              {"skips", received.skips},
              {"jitter_ms", milliseconds(received.jitter)}}}};
}

} // namespace

std::optional<std::string> json_line(const call::Event& event, Duration at) {
    const std::optional<Json> object = std::visit(Filler(at), event);
    return object ? std::optional(line_of(*object)) : std::nullopt;
}

std::string json_link(std::string_view link, Duration at) {
    Json object = event_object("link", at);
    object["link"] = link;
    return line_of(object);
}

std::string json_question(Duration left, Duration at) {
    Json object = event_object("question", at);
    object["left_ms"] = milliseconds(left);
    return line_of(object);
}

std::string json_problem(std::string_view what, Duration at) {
    Json object = event_object("problem", at);
    object["what"] = what;
    return line_of(object);
}

std::string json_summary(const CallSummary& summary) {
    const call::Report& report = summary.report;
    Json object = event_object("summary", summary.ended);
    object["exit_code"] = static_cast<int>(summary.how);
    object["outcome"] = name_of(summary.how);
    object["why"] = summary.why;
    object["phases"] = phases_object(summary);
    object["path"] = report.path ? path_object(*report.path) : Json(nullptr);
    object["partner_relayed"] = report.partner_path ? Json(report.partner_path->is_relayed) : Json(nullptr);
    object["proven_direct"] = report.is_proven_direct;
    object["cipher"] = report.security ? Json(report.security->cipher) : Json(nullptr);
    object["srtp"] = report.security ? Json(srtp_name(report.security->srtp)) : Json(nullptr);
    object["code"] = report.code ? code_object(*report.code) : Json(nullptr);
    object["round_trip_ms"] = milliseconds_or_null(report.round_trip);
    object["sound"] = media_object(report.sound);
    object["picture"] = media_object(report.picture);
    object["chats_sent"] = report.chats_sent;
    object["chats_heard"] = report.chats_heard;
    object["restarts"] = report.restarts;
    object["renewals"] = report.renewals;
    object["files"] = Json::array();
    for (const WrittenFile& file : summary.files) {
        object["files"].push_back({{"file", file.path.string()},
                                   {"bytes", file.bytes},
                                   {"error", file.error.empty() ? Json(nullptr) : Json(file.error)}});
    }
    return line_of(object);
}

} // namespace vv::apps
