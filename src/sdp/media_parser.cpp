#include "sdp/media_parser.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace vv::sdp {
namespace {

constexpr std::string_view kTaken; // and nothing wrong with it

constexpr std::array kKinds{std::pair{std::string_view("audio"), Kind::kAudio},
                            std::pair{std::string_view("video"), Kind::kVideo},
                            std::pair{std::string_view("application"), Kind::kApplication}};

Kind kind_of(std::string_view name) {
    const auto* const at = std::ranges::find(kKinds, name, &decltype(kKinds)::value_type::first);
    return at == kKinds.end() ? Kind::kOther : at->second;
}

// A protocol is tokens with strokes between.
bool is_protocol(std::string_view text) {
    return std::ranges::all_of(split(text, '/'), is_token);
}

// Once is enough of these; what a second one would change is not for chance to decide.
std::string_view take_once(std::string& into, std::string_view value, std::string_view twice) {
    if (!into.empty()) return twice;
    into = value;
    return kTaken;
}

} // namespace

Attribute::Attribute(std::string_view text) {
    const auto parts = split_once(text, ':');
    name = parts.first;
    value = parts.second;
}

Verdict TransportParser::take(const Attribute& attribute) {
    const auto [name, value] = attribute;
    if (name == "ice-ufrag") {
        if (!is_ufrag(value)) return "no ice-ufrag of 4 to 256 characters";
        return has_ufrag = true, take_once(transport.ufrag, value, "a second ice-ufrag");
    }
    if (name == "ice-pwd") {
        if (!is_pwd(value)) return "no ice-pwd of 22 to 256 characters";
        return has_pwd = true, take_once(transport.pwd, value, "a second ice-pwd");
    }
    if (name == "ice-options") {
        has_options = true;
        for (const std::string_view option : split(value, ' ')) {
            if (!option.empty()) transport.ice_options.emplace_back(option);
        }
        return kTaken;
    }
    if (name == "setup") {
        const auto setup = parse_setup(value);
        if (!setup) return "a setup that is none of the four";
        if (has_setup) return "a second setup";
        has_setup = true;
        transport.setup = setup;
        return kTaken;
    }
    if (name != "fingerprint") return std::nullopt;
    const auto fingerprint = crypto::parse_fingerprint(value);
    has_fingerprint = true;
    if (!fingerprint && fingerprint.error() == crypto::FingerprintError::kUnknownHash) return std::nullopt; // kept
    if (!fingerprint) return "a fingerprint that is not the digest of its hash";
    if (transport.fingerprints.size() == kFingerprintsMax) return "more than 16 fingerprints";
    transport.fingerprints.push_back(*fingerprint);
    return kTaken;
}

Transport TransportParser::within(const TransportParser& session) const {
    Transport out = transport;
    if (!has_ufrag) out.ufrag = session.transport.ufrag;
    if (!has_pwd) out.pwd = session.transport.pwd;
    if (!has_options) out.ice_options = session.transport.ice_options;
    if (!has_fingerprint) out.fingerprints = session.transport.fingerprints; // RFC 8122 §5: a section's own count alone
    if (!has_setup) out.setup = session.transport.setup;
    return out;
}

std::string_view MediaParser::take_first_line(std::string_view value) {
    const auto parts = split(value, ' ');
    if (parts.size() < 4) return "an m= line without kind, port, protocol and format";
    if (!is_token(parts[0]) || !is_protocol(parts[2])) return "an m= line whose kind or protocol is no name";
    const auto port = parse_number<std::uint16_t>(parts[1]);
    if (!port) return "an m= line without one port";
    media_.kind = kind_of(parts[0]);
    media_.kind_name = parts[0];
    media_.port = *port;
    media_.protocol = parts[2];
    media_.formats.assign(parts.begin() + 3, parts.end());
    media_.connection.clear();
    return check_formats();
}

std::string_view MediaParser::check_formats() const {
    if (media_.formats.size() > kCodecsMax) return "more than 128 formats";
    std::set<std::string_view> seen;
    for (const std::string& format : media_.formats) {
        if (!is_token(format)) return "a format that is no name";
        if (!seen.insert(format).second) return "a format twice";
        const auto number = media_.is_rtp() ? parse_number<std::uint8_t>(format) : 0;
        if (!number || *number > kPayloadTypeMax) return "a format that is no payload type";
    }
    return kTaken;
}

std::string_view MediaParser::take(const Line& line) {
    if (line.type == 'c' && !has_connection_) {
        has_connection_ = true;
        media_.connection = line.value;
        return kTaken;
    }
    const Verdict verdict = line.type == 'a' ? take_attribute(line) : std::nullopt;
    if (!verdict) media_.others.push_back(line);
    return verdict.value_or(kTaken);
}

Verdict MediaParser::take_attribute(const Line& line) {
    const Attribute attribute(line.value);
    if (attribute.value.empty()) return take_flag(attribute);
    if (attribute.name == "candidate") {
        if (media_.candidates.size() == kCandidatesMax) return "more than 128 candidates";
        media_.candidates.push_back(line.value);
        return kTaken;
    }
    if (const auto verdict = transport_.take(attribute)) return verdict;
    if (const auto verdict = take_value(attribute)) return verdict;
    if (const auto verdict = take_rtp(attribute, line)) return verdict;
    if (const auto verdict = take_source(attribute)) return verdict;
    return take_data(attribute);
}

Verdict MediaParser::take_flag(const Attribute& attribute) {
    if (const auto direction = parse_direction(attribute.name)) {
        direction_ = direction;
        return kTaken;
    }
    for (const auto& [name, flag] : {std::pair{"rtcp-mux", &media_.has_rtcp_mux},
                                     {"rtcp-rsize", &media_.has_rtcp_rsize},
                                     {"bundle-only", &media_.is_bundle_only},
                                     {"end-of-candidates", &media_.has_all_candidates}}) {
        if (attribute.name != name) continue;
        *flag = true;
        return kTaken;
    }
    return std::nullopt;
}

Verdict MediaParser::take_value(const Attribute& attribute) {
    if (attribute.name != "mid") return std::nullopt;
    if (!is_token(attribute.value)) return "a mid that is no name";
    return take_once(media_.mid, attribute.value, "a second mid");
}

Verdict MediaParser::take_rtp(const Attribute& attribute, const Line& line) {
    if (!media_.is_rtp()) return std::nullopt;
    if (attribute.name == "rtpmap") return take_rtp_map(attribute.value);
    if (attribute.name == "extmap") return take_extension(attribute.value);
    const bool is_feedback = attribute.name == "rtcp-fb";
    if (!is_feedback && attribute.name != "fmtp") return std::nullopt;
    const auto what = parse_of_payload_type(attribute.value);
    if (!what) return "an fmtp or rtcp-fb without payload type and value";
    of_payload_types_.push_back({*what, &line, is_feedback});
    return kTaken;
}

std::string_view MediaParser::take_rtp_map(std::string_view value) {
    const auto map = parse_rtp_map(value);
    if (!map) return "an rtpmap without payload type, name and clock rate";
    if (media_.find_codec(map->payload_type) != nullptr) return "a second rtpmap of a payload type";
    if (media_.codecs.size() == kCodecsMax) return "more than 128 codecs";
    media_.codecs.push_back({map->payload_type, map->name, map->clock_rate, map->channels, {}, {}});
    return kTaken;
}

std::string_view MediaParser::take_extension(std::string_view value) {
    auto extension = parse_extension(value);
    if (!extension) return "an extmap without number and name";
    if (std::ranges::find(media_.extensions, extension->id, &Extension::id) != media_.extensions.end()) {
        return "a second extmap of a number";
    }
    if (media_.extensions.size() == kExtensionsMax) return "more than 64 extmaps";
    media_.extensions.push_back(*std::move(extension));
    return kTaken;
}

Verdict MediaParser::take_source(const Attribute& attribute) {
    if (attribute.name == "msid") {
        auto msid = parse_msid(attribute.value);
        if (!msid) return "an msid that is not one or two names";
        if (media_.msids.size() == kSourcesMax) return "more than 64 msids";
        media_.msids.push_back(*std::move(msid));
        return kTaken;
    }
    if (attribute.name == "ssrc-group") {
        auto group = parse_source_group(attribute.value);
        if (!group) return "an ssrc-group without name and numbers";
        if (media_.source_groups.size() == kSourcesMax) return "more than 64 ssrc-groups";
        media_.source_groups.push_back(*std::move(group));
        return kTaken;
    }
    if (attribute.name != "ssrc") return std::nullopt;
    const auto [number, said] = split_once(attribute.value, ' ');
    const auto ssrc = parse_number<std::uint32_t>(number);
    if (!ssrc || said.empty()) return "an ssrc without number and attribute";
    const Attribute of_source(said);
    if (of_source.name != "cname") return std::nullopt;
    if (media_.sources.size() == kSourcesMax) return "more than 64 sources";
    media_.sources.push_back({*ssrc, std::string(of_source.value)});
    return kTaken;
}

// Of the one format that there is; of another application than ours it is a line like any other.
Verdict MediaParser::take_sctp_map(std::string_view value) {
    const auto [port, rest] = split_once(value, ' ');
    if (split_once(rest, ' ').first != kDataFormat || media_.formats != std::vector{std::string(port)})
        return std::nullopt;
    if (media_.sctp_port) return "a second sctp-port";
    media_.sctp_port = parse_number<std::uint16_t>(port);
    if (!media_.sctp_port) return "a sctp-port that is no port";
    media_.has_sctp_map = true;
    return kTaken;
}

Verdict MediaParser::take_data(const Attribute& attribute) {
    if (attribute.name == "sctp-port") {
        const auto port = parse_number<std::uint16_t>(attribute.value);
        if (!port) return "a sctp-port that is no port";
        if (media_.sctp_port) return "a second sctp-port";
        media_.sctp_port = port;
        return kTaken;
    }
    if (attribute.name == "sctpmap") return take_sctp_map(attribute.value);
    if (attribute.name != "max-message-size") return std::nullopt;
    const auto size = parse_number<std::uint64_t>(attribute.value);
    if (!size) return "a max-message-size that is no number";
    if (media_.max_message_size) return "a second max-message-size";
    media_.max_message_size = size;
    return kTaken;
}

Media MediaParser::finish(const TransportParser& session, std::optional<Direction> direction) {
    media_.transport = transport_.within(session);
    media_.direction = direction_.value_or(direction.value_or(Direction::kSendRecv));
    sort_codecs();
    for (const Stray& stray : of_payload_types_) {
        if (!belongs(stray)) media_.others.push_back(*stray.line);
    }
    return std::move(media_);
}

// In the order of the m= line, which is that of preference; those it does not name are no codecs of this section.
void MediaParser::sort_codecs() {
    std::vector<Codec> sorted;
    for (const std::string& format : media_.formats) {
        const auto number = parse_number<std::uint8_t>(format);
        const Codec* codec = number ? media_.find_codec(*number) : nullptr;
        if (codec != nullptr) sorted.push_back(*codec);
    }
    for (const Codec& codec : media_.codecs) {
        if (std::ranges::find(sorted, codec.payload_type, &Codec::payload_type) == sorted.end()) {
            media_.others.push_back(
                {'a', "rtpmap:" + write_rtp_map({codec.payload_type, codec.name, codec.clock_rate, codec.channels})});
        }
    }
    media_.codecs = std::move(sorted);
}

// Firefox has rtcp-fb for what its m= line does not name: such a line says nothing and is kept.
bool MediaParser::belongs(const Stray& stray) {
    bool is_of_one = false;
    for (Codec& codec : media_.codecs) {
        if (stray.what.payload_type && *stray.what.payload_type != codec.payload_type) continue;
        if (stray.is_feedback) {
            const bool is_new = std::ranges::find(codec.feedback, stray.what.text) == codec.feedback.end();
            if (is_new && codec.feedback.size() == kFeedbackMax) continue;
            if (is_new) codec.feedback.emplace_back(stray.what.text);
        } else if (codec.parameters.empty()) {
            codec.parameters = stray.what.text;
        } else {
            continue; // a second fmtp
        }
        is_of_one = true;
    }
    return is_of_one;
}

} // namespace vv::sdp
