#include "caller/bodies.h"

#include "base/overloaded.h"
#include "caller/fields.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace vv::caller {
namespace {

using nlohmann::json;
// In the order in which a page writes them.
using Json = nlohmann::ordered_json;

constexpr std::size_t kCandidateMax = 1024;
constexpr std::size_t kMidMax = 64;
constexpr std::size_t kCredentialMax = 256;
constexpr std::size_t kFingerprintMax = 200;
constexpr std::uint64_t kIntroVersion = 1;

CandidateInit read_candidate(const json& value, Fields& whole) {
    CandidateInit init;
    if (!value.is_object()) {
        whole.fail();
        return init;
    }
    Fields fields(value);
    init.candidate = fields.text("candidate", kCandidateMax);
    init.mid = fields.maybe_text("sdpMid", kMidMax);
    init.line = fields.maybe_integer("sdpMLineIndex");
    init.ufrag = fields.maybe_text("usernameFragment", kCredentialMax);
    if (!fields.ok()) whole.fail();
    return init;
}

std::vector<CandidateInit> read_candidates(const json* list, Fields& whole) {
    std::vector<CandidateInit> candidates;
    if (list == nullptr) return candidates;
    for (const json& entry : *list)
        candidates.push_back(read_candidate(entry, whole));
    return candidates;
}

bool read_relay_only(Fields& whole) {
    const json* const can = whole.maybe_object("can");
    if (can == nullptr) return false;
    Fields fields(*can);
    const bool relay_only = fields.flag_or("relay_only", false);
    if (!fields.ok()) whole.fail();
    return relay_only;
}

void expect_version(Fields& fields) {
    if (fields.integer("v") != kIntroVersion) fields.fail();
}

// A flag that says nothing unless it is true.
bool is_true(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

Json write_candidate(const CandidateInit& init) {
    Json out = {{"candidate", init.candidate},
                {"sdpMid", init.mid ? Json(*init.mid) : Json(nullptr)},
                {"sdpMLineIndex", init.line ? Json(*init.line) : Json(nullptr)}};
    if (init.ufrag) out["usernameFragment"] = *init.ufrag;
    return out;
}

Json write_candidates(const std::vector<CandidateInit>& candidates) {
    Json list = Json::array();
    for (const CandidateInit& init : candidates)
        list.push_back(write_candidate(init));
    return list;
}

Json round_of(std::optional<std::uint64_t> round) {
    return round ? Json(*round) : Json(nullptr);
}

std::string text_of(const Json& out) {
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

std::optional<StrangerIntro> parse_intro(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    expect_version(fields);
    StrangerIntro intro;
    intro.fingerprint = fields.text("fingerprint", kFingerprintMax);
    intro.ufrag = fields.text("ufrag", kCredentialMax);
    intro.pwd = fields.text("pwd", kCredentialMax);
    intro.sdp = fields.maybe_text("sdp", kSdpMax);
    intro.makes_double_offer = fields.flag_or("double", false);
    intro.relay_only = read_relay_only(fields);
    intro.candidates = read_candidates(fields.maybe_array("candidates", kCandidatesMax), fields);
    if (!fields.ok()) return std::nullopt;
    return intro;
}

std::optional<SealedIntro> parse_sealed_intro(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    expect_version(fields);
    SealedIntro intro{fields.text("sdp", kSdpMax), read_relay_only(fields)};
    if (!fields.ok()) return std::nullopt;
    return intro;
}

std::optional<Knock> parse_knock(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    expect_version(fields);
    const Knock knock{fields.flag("relay_only")};
    if (!fields.ok()) return std::nullopt;
    return knock;
}

std::optional<Body> parse_body(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    enum class Kind : std::uint8_t { kOffer, kAnswer, kOfferWanted, kCandidates };
    Fields fields(*value);
    const auto kind = fields.choice<Kind>("kind", {"offer", "answer", "offer_wanted", "candidates"});
    if (!fields.ok()) return std::nullopt;
    Body body;
    switch (kind) {
    case Kind::kOffer:
        body = OfferBody{fields.text("sdp", kSdpMax), fields.maybe_integer("round"), is_true(*value, "renewed")};
        break;
    case Kind::kAnswer:
        body = AnswerBody{fields.text("sdp", kSdpMax), fields.maybe_integer("round")};
        break;
    case Kind::kOfferWanted:
        body = OfferWantedBody{is_true(*value, "restart"), fields.maybe_integer("round"), is_true(*value, "renew")};
        break;
    case Kind::kCandidates:
        body = CandidatesBody{read_candidates(fields.array("list", kCandidatesMax), fields), is_true(*value, "end")};
        break;
    }
    if (!fields.ok()) return std::nullopt;
    return body;
}

std::string write_intro(const StrangerIntro& intro) {
    Json out = {{"v", kIntroVersion}, {"fingerprint", intro.fingerprint}, {"ufrag", intro.ufrag}, {"pwd", intro.pwd}};
    if (intro.sdp) out["sdp"] = *intro.sdp;
    if (intro.makes_double_offer) out["double"] = true;
    out["can"] = {{"relay_only", intro.relay_only}};
    if (!intro.candidates.empty()) out["candidates"] = write_candidates(intro.candidates);
    return text_of(out);
}

std::string write_sealed_intro(const SealedIntro& intro) {
    return text_of({{"v", kIntroVersion}, {"sdp", intro.sdp}, {"can", {{"relay_only", intro.relay_only}}}});
}

std::string write_knock(const Knock& knock) {
    return text_of({{"v", kIntroVersion}, {"relay_only", knock.relay_only}});
}

std::string write_body(const Body& body, std::optional<std::uint64_t> first) {
    Json out = std::visit(
        Overloaded{
            [](const OfferBody& offer) -> Json {
                return {{"kind", "offer"},
                        {"sdp", offer.sdp},
                        {"round", round_of(offer.round)},
                        {"renewed", offer.renewed}};
            },
            [](const AnswerBody& answer) -> Json {
                return {{"kind", "answer"}, {"sdp", answer.sdp}, {"round", round_of(answer.round)}};
            },
            [](const OfferWantedBody& wish) -> Json {
                return {{"kind", "offer_wanted"},
                        {"restart", wish.restart},
                        {"round", round_of(wish.round)},
                        {"renew", wish.renew}};
            },
            [](const CandidatesBody& candidates) -> Json {
                return {{"kind", "candidates"}, {"list", write_candidates(candidates.list)}, {"end", candidates.end}};
            },
        },
        body);
    if (first) out["id"] = *first;
    return text_of(out);
}

std::optional<std::uint64_t> first_id_of(std::string_view text) {
    const auto value = parse_object(text);
    if (!value) return std::nullopt;
    Fields fields(*value);
    const std::uint64_t id = fields.integer("id", 1);
    return fields.ok() ? std::optional(id) : std::nullopt;
}

} // namespace vv::caller
