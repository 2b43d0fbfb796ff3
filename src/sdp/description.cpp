#include "sdp/description.h"

#include "base/ascii.h"

#include <algorithm>
#include <utility>

namespace vv::sdp {
namespace {

Line attribute(std::string_view name, std::string_view value = {}) {
    std::string text(name);
    if (!value.empty()) text.append(":").append(value);
    return {'a', std::move(text)};
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out.append(out.empty() ? "" : " ").append(word);
    return out;
}

void write_transport(const Transport& transport, Lines& out) {
    if (!transport.ufrag.empty()) out.push_back(attribute("ice-ufrag", transport.ufrag));
    if (!transport.pwd.empty()) out.push_back(attribute("ice-pwd", transport.pwd));
    if (!transport.ice_options.empty()) out.push_back(attribute("ice-options", joined(transport.ice_options)));
    for (const auto& fingerprint : transport.fingerprints)
        out.push_back(attribute("fingerprint", crypto::write_fingerprint(fingerprint)));
    if (transport.setup) out.push_back(attribute("setup", name_of(*transport.setup)));
}

void write_codec(const Codec& codec, Lines& out) {
    const std::string type = std::to_string(codec.payload_type) + ' ';
    out.push_back(
        attribute("rtpmap", write_rtp_map({codec.payload_type, codec.name, codec.clock_rate, codec.channels})));
    for (const std::string& feedback : codec.feedback)
        out.push_back(attribute("rtcp-fb", type + feedback));
    if (!codec.parameters.empty()) out.push_back(attribute("fmtp", type + codec.parameters));
}

void write_sources(const Media& media, Lines& out) {
    for (const Msid& msid : media.msids)
        out.push_back(attribute("msid", msid.track.empty() ? msid.stream : msid.stream + ' ' + msid.track));
    for (const SourceGroup& group : media.source_groups) {
        std::string text = group.semantics;
        for (const std::uint32_t source : group.sources)
            text += ' ' + std::to_string(source);
        out.push_back(attribute("ssrc-group", text));
    }
    for (const Source& source : media.sources)
        out.push_back(attribute("ssrc", std::to_string(source.ssrc) + " cname:" + source.cname));
}

// draft-ietf-mmusic-sctp-sdp-05 §5.1: the streams that there may be.
constexpr const char* kSctpMapRest = " webrtc-datachannel 65535";

void write_data(const Media& media, Lines& out) {
    if (media.sctp_port) {
        const std::string port = std::to_string(*media.sctp_port);
        out.push_back(media.has_sctp_map ? attribute("sctpmap", port + kSctpMapRest) : attribute("sctp-port", port));
    }
    if (media.max_message_size) {
        out.push_back(attribute("max-message-size", std::to_string(*media.max_message_size)));
    }
}

Lines media_lines(const Media& media) {
    Lines out{
        {'m', media.kind_name + ' ' + std::to_string(media.port) + ' ' + media.protocol + ' ' + joined(media.formats)}};
    if (!media.connection.empty()) out.push_back({'c', media.connection});
    for (const std::string& candidate : media.candidates)
        out.push_back({'a', candidate});
    if (media.has_all_candidates) out.push_back(attribute("end-of-candidates"));
    write_transport(media.transport, out);
    if (!media.mid.empty()) out.push_back(attribute("mid", media.mid));
    if (media.is_bundle_only) out.push_back(attribute("bundle-only"));
    for (const Extension& extension : media.extensions)
        out.push_back(attribute("extmap", write_extension(extension)));
    if (media.is_rtp() || media.direction != Direction::kSendRecv) out.push_back(attribute(name_of(media.direction)));
    if (media.has_rtcp_mux) out.push_back(attribute("rtcp-mux"));
    if (media.has_rtcp_rsize) out.push_back(attribute("rtcp-rsize"));
    for (const Codec& codec : media.codecs)
        write_codec(codec, out);
    write_sources(media, out);
    write_data(media, out);
    out.insert(out.end(), media.others.begin(), media.others.end());
    return in_media_order(out); // others may be of types that stand before the attributes
}

} // namespace

bool Codec::is(std::string_view other_name, std::uint32_t rate, std::uint32_t channel_count) const {
    return equal_ignoring_case(name, other_name) && clock_rate == rate && channels == channel_count;
}

std::optional<std::string_view> Codec::parameter(std::string_view key) const {
    for (const std::string_view part : split(parameters, ';')) {
        const auto [name_text, value] = split_once(trimmed(part), '=');
        if (equal_ignoring_case(name_text, key)) return value;
    }
    return std::nullopt;
}

std::optional<std::uint8_t> Codec::apt() const {
    const auto text = parameter("apt");
    return text ? parse_number<std::uint8_t>(*text) : std::nullopt;
}

const Codec* Media::find_codec(std::uint8_t payload_type) const {
    const auto at = std::ranges::find(codecs, payload_type, &Codec::payload_type);
    return at == codecs.end() ? nullptr : &*at;
}

const Media* Description::find(std::string_view mid) const {
    const auto at = std::ranges::find(media, mid, &Media::mid);
    return mid.empty() || at == media.end() ? nullptr : &*at;
}

std::string write_description(const Description& description) {
    const Origin& origin = description.origin;
    Document document;
    document.session = {
        {'v', "0"},
        {'o', origin.user + ' ' + origin.session_id + ' ' + std::to_string(origin.version) + ' ' + origin.address}};
    if (!description.bundle.empty()) {
        document.session.push_back(attribute("group", "BUNDLE " + joined(description.bundle)));
    }
    if (description.is_ice_lite) document.session.push_back(attribute("ice-lite"));
    auto& session = document.session;
    session.insert(session.end(), description.others.begin(), description.others.end());
    session = in_session_order(session);
    for (const Media& media : description.media)
        document.media.push_back(media_lines(media));
    return write_document(document);
}

} // namespace vv::sdp
