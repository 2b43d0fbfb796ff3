#include "sdp/negotiation.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace vv::sdp {
namespace {

constexpr std::string_view kRtxGroup = "FID"; // RFC 4588 §8.8

Media rejected(const Media& section) {
    Media out;
    out.kind = section.kind;
    out.kind_name = section.kind_name;
    out.port = 0;
    out.protocol = section.protocol;
    out.formats = section.formats;
    out.mid = section.mid;
    out.direction = Direction::kInactive;
    return out;
}

void set_formats(Media& section) {
    section.formats.clear();
    for (const Codec& codec : section.codecs)
        section.formats.push_back(std::to_string(codec.payload_type));
}

Codec rtx_of(std::uint8_t payload_type, const Codec& codec) {
    return {payload_type, "rtx", codec.clock_rate, 1, "apt=" + std::to_string(codec.payload_type), {}};
}

bool has_rtx(const Media& section) {
    return std::ranges::any_of(section.codecs, &Codec::is_rtx);
}

void set_track(Media& section, const std::optional<Track>& track) {
    if (!sends(section.direction) || !track) return;
    section.msids = {track->msid};
    section.sources = {{track->ssrc, track->cname}};
    if (!has_rtx(section)) return;
    section.sources.push_back({track->rtx_ssrc, track->cname});
    section.source_groups = {{std::string(kRtxGroup), {track->ssrc, track->rtx_ssrc}}};
}

void set_data(Media& section, const Capabilities& capabilities) {
    section.kind_name = "application";
    section.kind = Kind::kApplication;
    section.formats = {std::string(kDataFormat)};
    section.sctp_port = capabilities.sctp_port;
    section.max_message_size = capabilities.max_message_size;
}

// The form before RFC 8841 stays what it is: a section keeps its protocol (RFC 3264 §6).
void keep_form(Media& section, const Media& of) {
    section.protocol = of.protocol;
    section.has_sctp_map = of.has_sctp_map;
    if (of.has_sctp_map && section.sctp_port) section.formats = {std::to_string(*section.sctp_port)};
}

// What is alike in both kinds of section of ours.
void set_common(Media& section, const LocalEnd& local, Setup setup) {
    section.transport = local.transport;
    section.transport.setup = setup;
    section.has_rtcp_mux = section.has_rtcp_rsize = section.is_rtp();
}

void set_candidates(Description& description, const LocalEnd& local) {
    const auto at = std::ranges::find_if(description.media, [](const Media& each) { return !each.is_rejected(); });
    if (at == description.media.end()) return;
    at->candidates = local.candidates;
    at->has_all_candidates = local.has_all_candidates;
}

Direction wished(const MediaWish& wish) {
    return direction_of(wish.send.has_value(), wish.receive);
}

// ---- offers

Media offered_rtp(Kind kind, const MediaCapability& capability, const MediaWish& wish) {
    Media section;
    section.kind = kind;
    section.kind_name = kind == Kind::kAudio ? "audio" : "video";
    section.protocol = kRtpProtocol;
    section.direction = wished(wish);
    section.extensions = capability.extensions;
    for (const CodecCapability& each : capability.codecs) {
        section.codecs.push_back(each.codec);
        if (each.rtx_payload_type) section.codecs.push_back(rtx_of(*each.rtx_payload_type, each.codec));
    }
    return section;
}

// RFC 8829 §5.2.2: the numbers that were agreed on stay what they are.
Media offered_again(const Media& section, const MediaWish& wish) {
    Media out;
    out.kind = section.kind;
    out.kind_name = section.kind_name;
    out.protocol = section.protocol;
    out.mid = section.mid;
    out.direction = wished(wish);
    out.extensions = section.extensions;
    out.codecs = section.codecs;
    return out;
}

Media offered_data(const Capabilities& capabilities) {
    Media section;
    section.protocol = kDataProtocol;
    set_data(section, capabilities);
    return section;
}

class OfferMaker {
public:
    OfferMaker(const Capabilities& capabilities, const LocalEnd& local) : capabilities_(capabilities), local_(local) {}

    Description make(const Description* current) {
        description_.origin = local_.origin;
        if (current != nullptr) {
            for (const Media& section : current->media)
                repeat(section);
        }
        for (const Kind kind : {Kind::kAudio, Kind::kVideo}) {
            const auto& wish = local_.of(kind);
            if (wish && !has(kind)) add(offered_rtp(kind, *capabilities_.of(kind), *wish), wish->send);
        }
        if (local_.data && !has(Kind::kApplication)) add(offered_data(capabilities_), std::nullopt);
        set_candidates(description_, local_);
        return std::move(description_);
    }

private:
    void repeat(const Media& section) {
        if (section.is_rejected()) {
            description_.media.push_back(rejected(section));
        } else if (section.is_data()) {
            Media again = offered_data(capabilities_);
            keep_form(again, section);
            again.mid = section.mid;
            add(std::move(again), std::nullopt);
        } else {
            const MediaWish none{.receive = false, .send = std::nullopt};
            const MediaWish wish = local_.of(section.kind).value_or(none);
            add(offered_again(section, wish), wish.send);
        }
    }
    [[nodiscard]] bool has(Kind kind) const {
        return std::ranges::any_of(description_.media,
                                   [&](const Media& each) { return each.kind == kind && !each.is_rejected(); });
    }
    // Counting up, past those that are there; the other end's may be any names.
    [[nodiscard]] std::string next_mid() const {
        std::size_t number = description_.media.size();
        while (description_.find(std::to_string(number)) != nullptr)
            ++number;
        return std::to_string(number);
    }
    void add(Media section, const std::optional<Track>& track) {
        if (section.mid.empty()) section.mid = next_mid();
        set_common(section, local_, local_.transport.setup.value_or(Setup::kActPass));
        if (section.is_rtp()) set_formats(section);
        set_track(section, track);
        description_.bundle.push_back(section.mid);
        description_.media.push_back(std::move(section));
    }

    const Capabilities& capabilities_;
    const LocalEnd& local_;
    Description description_;
};

// ---- answers

bool is_our_rtp(std::string_view protocol) {
    // RFC 8829 §5.1.2 lets an offer say TCP, or nothing of what is below, and means the same.
    return protocol == kRtpProtocol || protocol == "TCP/DTLS/RTP/SAVPF" || protocol == "RTP/SAVPF";
}

// Ours as it can be in answer to theirs: their numbers, our parameters, the feedback both can.
Codec common(const Codec& offered, const Codec& own) {
    Codec codec = offered;
    codec.parameters = own.parameters;
    std::erase_if(codec.feedback,
                  [&](const std::string& each) { return std::ranges::find(own.feedback, each) == own.feedback.end(); });
    return codec;
}

const Codec* find_rtx(const Media& offered, std::uint8_t payload_type) {
    const auto at = std::ranges::find_if(
        offered.codecs, [&](const Codec& each) { return each.is_rtx() && each.apt() == payload_type; });
    return at == offered.codecs.end() ? nullptr : &*at;
}

std::vector<Codec> common_codecs(const Media& offered, const MediaCapability& capability) {
    std::vector<Codec> codecs;
    for (const CodecCapability& own : capability.codecs) {
        const auto theirs = std::ranges::find_if(offered.codecs, [&](const Codec& each) {
            return each.is(own.codec.name, own.codec.clock_rate, own.codec.channels);
        });
        if (theirs == offered.codecs.end()) continue;
        codecs.push_back(common(*theirs, own.codec));
        const Codec* rtx = own.rtx_payload_type ? find_rtx(offered, theirs->payload_type) : nullptr;
        if (rtx != nullptr) {
            codecs.push_back(*rtx);
            codecs.back().parameters = "apt=" + std::to_string(theirs->payload_type);
            codecs.back().feedback.clear();
        }
    }
    return codecs;
}

std::vector<Extension> common_extensions(const Media& offered, const MediaCapability& capability) {
    std::vector<Extension> extensions;
    for (const Extension& theirs : offered.extensions) {
        const bool is_known =
            std::ranges::find(capability.extensions, theirs.uri, &Extension::uri) != capability.extensions.end();
        // RFC 8285 §6: numbers past 255 ask for one that is free; there is always room in the offer for what we know.
        if (!is_known || theirs.id > UINT8_MAX) continue;
        extensions.push_back(theirs);
        if (theirs.direction) extensions.back().direction = mirrored(*theirs.direction);
        extensions.back().attributes.clear();
    }
    return extensions;
}

Setup answered(Setup offered, std::optional<Setup> liked) {
    switch (offered) {
    case Setup::kActive:
        return Setup::kPassive;
    case Setup::kPassive:
        return Setup::kActive;
    default:
        return liked == Setup::kPassive ? Setup::kPassive : Setup::kActive;
    }
}

class AnswerMaker {
public:
    AnswerMaker(const Description& offer, const Capabilities& capabilities, const LocalEnd& local)
        : offer_(offer),
          capabilities_(capabilities),
          local_(local) {}

    Result<Description, Refusal> make() {
        const Media* speaking = bundle_section(offer_);
        if (speaking != nullptr) {
            const Transport& transport = speaking->transport;
            if (transport.ufrag.empty() || transport.pwd.empty()) return Failure<Refusal>("no ice-ufrag or ice-pwd");
            if (transport.fingerprints.empty()) return Failure<Refusal>("no fingerprint by SHA-256 or better");
            if (!transport.setup || *transport.setup == Setup::kHoldConn) return Failure<Refusal>("no usable setup");
            setup_ = answered(*transport.setup, local_.transport.setup);
        }
        description_.origin = local_.origin;
        for (const Media& section : offer_.media)
            description_.media.push_back(answer(section));
        set_candidates(description_, local_);
        return std::move(description_);
    }

private:
    Media answer(const Media& offered) {
        if (!may_be_taken(offered)) return rejected(offered);
        Media section;
        section.kind = offered.kind;
        section.kind_name = offered.kind_name;
        section.protocol = offered.protocol;
        section.mid = offered.mid;
        if (offered.is_data()) {
            set_data(section, capabilities_);
            keep_form(section, offered);
        } else {
            answer_rtp(section, offered);
            if (section.codecs.empty()) return rejected(offered);
        }
        set_common(section, local_, setup_);
        section.has_rtcp_rsize = offered.has_rtcp_rsize;
        if (!section.mid.empty() && !offer_.bundle.empty()) description_.bundle.push_back(section.mid);
        return section;
    }
    [[nodiscard]] bool may_be_taken(const Media& offered) const {
        if (offered.is_rejected() || !is_in_bundle(offered) || has(offered.kind)) return false;
        if (offered.is_data()) return local_.data && offered.sctp_port.has_value();
        return capabilities_.of(offered.kind) != nullptr && local_.of(offered.kind).has_value() &&
               is_our_rtp(offered.protocol) && offered.has_rtcp_mux;
    }
    // Without a group there is a transport for each section, and one of them is enough.
    [[nodiscard]] bool is_in_bundle(const Media& offered) const {
        if (offer_.bundle.empty()) {
            return std::ranges::all_of(description_.media, &Media::is_rejected);
        }
        return std::ranges::find(offer_.bundle, offered.mid) != offer_.bundle.end();
    }
    [[nodiscard]] bool has(Kind kind) const {
        return std::ranges::any_of(description_.media,
                                   [&](const Media& each) { return each.kind == kind && !each.is_rejected(); });
    }
    void answer_rtp(Media& section, const Media& offered) {
        const MediaCapability& capability = *capabilities_.of(offered.kind);
        const std::optional<MediaWish>& wish = local_.of(offered.kind);
        if (!wish) return; // may_be_taken() has looked
        section.codecs = common_codecs(offered, capability);
        section.extensions = common_extensions(offered, capability);
        const Direction theirs = mirrored(offered.direction);
        section.direction =
            direction_of(sends(theirs) && sends(wished(*wish)), receives(theirs) && receives(wished(*wish)));
        set_formats(section);
        set_track(section, wish->send);
    }

    const Description& offer_;
    const Capabilities& capabilities_;
    const LocalEnd& local_;
    Setup setup_ = Setup::kActive;
    Description description_;
};

} // namespace

const Media* bundle_section(const Description& description) {
    for (const std::string& mid : description.bundle) {
        const Media* section = description.find(mid);
        if (section != nullptr && !section->is_rejected()) return section;
    }
    const auto at = std::ranges::find_if(description.media, [](const Media& each) { return !each.is_rejected(); });
    return at == description.media.end() ? nullptr : &*at;
}

Description make_offer(const Capabilities& capabilities, const LocalEnd& local, const Description* current) {
    return OfferMaker(capabilities, local).make(current);
}

Result<Description, Refusal> make_answer(const Description& offer, const Capabilities& capabilities,
                                         const LocalEnd& local) {
    return AnswerMaker(offer, capabilities, local).make();
}

} // namespace vv::sdp
