#include "caller/client_message.h"

#include "base/bytes.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "lobby/ledger.h"
#include "signal/settings.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace vv::caller {
namespace {

using lobby::ClientType;
using Json = nlohmann::ordered_json;

Json message(ClientType type) {
    Json out;
    out["type"] = lobby::name_of(type);
    return out;
}

std::string text_of(const Json& out) {
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string about_call(ClientType type, std::string_view call) {
    Json out = message(type);
    out["call"] = call;
    return text_of(out);
}

const char* name_of(lobby::Media media) {
    return media == lobby::Media::kVideo ? "video" : "sound";
}

const char* name_of(lobby::LeaveReason reason) {
    switch (reason) {
    case lobby::LeaveReason::kLeft:
        return "left";
    case lobby::LeaveReason::kNext:
        return "next";
    case lobby::LeaveReason::kKey:
        return "key";
    case lobby::LeaveReason::kFailed:
        return "failed";
    }
    std::unreachable();
}

Json write_have(const std::optional<HaveMark>& have) {
    if (!have) return nullptr;
    return {{"epoch", have->epoch}, {"seq", have->sequence}};
}

} // namespace

std::string write_hello(const crypto::P256PublicKey& key, ByteView device,
                        const std::optional<Resumption>& resumption) {
    Json out = message(ClientType::kHello);
    out["version"] = signal::kProtocolVersion;
    out["key"] = base64url_encode(key);
    if (!device.empty()) out["device"] = base64url_encode(device);
    if (resumption) {
        out["resume"] = resumption->token;
        out["proof"] = base64url_encode(resumption->proof);
        out["have"] = write_have(resumption->have);
    }
    return text_of(out);
}

std::string write_seek(std::string_view room, const SeekPrefs& prefs) {
    Json out = message(ClientType::kSeek);
    out["room"] = room;
    out["prefs"] = {{"media", name_of(prefs.media)}, {"need", prefs.need == lobby::Need::kVideo ? "video" : "any"}};
    if (!prefs.topics.empty()) out["prefs"]["topics"] = prefs.topics;
    return text_of(out);
}

std::string write_unseek() {
    return text_of(message(ClientType::kUnseek));
}

std::string write_open(const OpenFields& fields, lobby::Media media) {
    Json out = message(ClientType::kOpen);
    out["id"] = fields.id;
    out["door"] = fields.door;
    out["seat"] = fields.seat;
    out["noise"] = fields.noise;
    out["prefs"] = {{"media", name_of(media)}, {"need", "any"}};
    return text_of(out);
}

std::string write_accept(std::string_view call, std::string_view intro) {
    Json out = message(ClientType::kAccept);
    out["call"] = call;
    out["intro"] = intro;
    return text_of(out);
}

std::string write_decline(std::string_view call) {
    return about_call(ClientType::kDecline, call);
}

std::string write_relay(std::string_view call, const Letter& letter) {
    Json out = message(ClientType::kRelay);
    out["call"] = call;
    out["id"] = letter.id;
    out["body"] = letter.body;
    return text_of(out);
}

std::string write_servers(std::string_view call) {
    return about_call(ClientType::kServers, call);
}

std::string write_leave(std::string_view call, lobby::LeaveReason reason) {
    Json out = message(ClientType::kLeave);
    out["call"] = call;
    out["reason"] = name_of(reason);
    return text_of(out);
}

std::string write_probe() {
    return text_of(message(ClientType::kProbe));
}

std::string write_ping(const std::optional<HaveMark>& have) {
    Json out = message(ClientType::kPing);
    if (have) out["have"] = write_have(have);
    return text_of(out);
}

} // namespace vv::caller
