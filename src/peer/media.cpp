#include "peer/media.h"

#include "base/overloaded.h"
#include "rtp/demux.h"
#include "rtp/opus.h"
#include "rtp/rtcp_writer.h"
#include "rtp/vp8.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace vv::peer {
namespace {

/// RTCP that is not fetched: it is small and rare, so nobody fetches anything then.
constexpr std::size_t kControlMax = 64;
/// Numbers in one NACK, each of which may take four bytes: far below a datagram's size.
constexpr std::size_t kNackSequencesMax = 200;

} // namespace

Media::Media(Instant now, const Config& config, const Descriptions& descriptions, Rng& rng)
    : clock_(now),
      rng_(rng),
      cname_(descriptions.cname()),
      audio_sender_(descriptions.sources(sdp::Kind::kAudio), rtp::kOpusClockRate, rng),
      video_sender_(descriptions.sources(sdp::Kind::kVideo), rtp::kVideoClockRate, rng),
      audio_receiver_(config.audio_delay) {}

void Media::agree(Instant now, const std::optional<MediaAgreement>& audio, const std::optional<MediaAgreement>& video,
                  Counters& counters) {
    audio_ = audio;
    video_ = video;
    audio_sender_.agree(audio);
    video_sender_.agree(video);
    video_receiver_.agree(video);
    expects_more_ = false;
    for (const ByteBuffer& packet : std::exchange(unclaimed_, {}))
        handle_rtp(now, packet, counters);
}

void Media::expect_more(bool expects, Counters& counters) {
    expects_more_ = expects;
    if (expects) return;
    counters.unexpected += unclaimed_.size();
    unclaimed_.clear();
}

void Media::set_keys(Instant now, const dtls::SrtpKeys& keys, Counters& counters) {
    if (keys_) return;
    keys_.emplace(Keys{srtp::Protector(keys.profile, keys.local), srtp::Unprotector(keys.profile, keys.remote),
                       rtp::ReportTimer(now, rng_)});
    for (ByteBuffer& packet : std::exchange(early_, {}))
        unprotect(now, keys_->unprotector, packet, counters);
}

void Media::set_round_trip(Duration round_trip) {
    audio_sender_.set_round_trip(round_trip);
    video_sender_.set_round_trip(round_trip);
    video_receiver_.set_round_trip(round_trip);
}

// ---- what comes

void Media::handle_packet(Instant now, ByteBuffer packet, Counters& counters) {
    if (keys_) return unprotect(now, keys_->unprotector, packet, counters);
    if (early_.size() < kEarlyMediaMax && packet.size() <= kMediaPacketMax) {
        early_.push_back(std::move(packet));
    } else {
        ++counters.early_media;
    }
}

void Media::unprotect(Instant now, srtp::Unprotector& unprotector, ByteBuffer& packet, Counters& counters) {
    const bool is_rtcp = rtp::kind_of(packet) == rtp::DatagramKind::kRtcp;
    const auto opened = is_rtcp ? unprotector.unprotect_rtcp(packet) : unprotector.unprotect_rtp(packet);
    if (!opened) {
        ++(opened.error() == srtp::Error::kReplayed ? counters.repeated : counters.unprotected);
    } else if (is_rtcp) {
        handle_rtcp(now, *opened, counters);
    } else {
        handle_rtp(now, *opened, counters);
    }
}

// RFC 9143 §9.2: by the mid where there is one, else by the payload type, of which no two sections have the same in
// what this end agrees to.
const MediaAgreement* Media::section_of(const rtp::Packet& packet) const {
    const std::uint8_t type = packet.header.payload_type;
    for (const auto* section : {&audio_, &video_}) {
        if (!*section || !receives((*section)->direction)) continue;
        if (type != (*section)->payload_type && type != (*section)->rtx_payload_type) continue;
        const auto mid = (*section)->mid_extension ? packet.find_extension(*(*section)->mid_extension) : std::nullopt;
        if (!mid || as_text(*mid) == (*section)->mid) return &**section;
    }
    return nullptr;
}

void Media::handle_rtp(Instant now, ByteView bytes, Counters& counters) {
    const auto packet = rtp::parse_packet(bytes);
    if (!packet) {
        ++counters.malformed_media;
        return;
    }
    const MediaAgreement* section = section_of(*packet);
    const bool is_sound = audio_ && section == &*audio_;
    if (section == nullptr) {
        if (expects_more_ && unclaimed_.size() < kEarlyMediaMax) {
            unclaimed_.emplace_back(bytes.begin(), bytes.end());
        } else {
            ++counters.unexpected;
        }
    } else if (packet->header.payload_type != section->payload_type) {
        if (!is_sound) video_receiver_.handle_repair(now, *packet, section->payload_type);
    } else if (is_sound) {
        audio_receiver_.handle_packet(now, *packet);
    } else {
        video_receiver_.handle_packet(now, *packet);
    }
}

void Media::handle_rtcp(Instant now, ByteView bytes, Counters& counters) {
    const auto packets = rtp::parse_rtcp(bytes);
    if (!packets) {
        ++counters.malformed_media;
        return;
    }
    for (const rtp::RtcpPacket& packet : *packets)
        handle(now, packet);
}

void Media::handle(Instant now, const rtp::RtcpPacket& packet) {
    const rtp::Ssrc picture = video_sender_.stream().ssrc();
    std::visit(Overloaded{
                   [&](const rtp::SenderReport& report) {
                       audio_receiver_.source().handle_sender_report(now, report.sender, report.info);
                       video_receiver_.source().handle_sender_report(now, report.sender, report.info);
                       handle_blocks(now, report.blocks);
                   },
                   [&](const rtp::ReceiverReport& report) { handle_blocks(now, report.blocks); },
                   [&](const rtp::Nack& nack) { video_sender_.handle_nack(now, nack.media, nack.sequences); },
                   [&](const rtp::PictureLoss& loss) { keyframe_wanted_ |= loss.media == picture; },
                   [&](const rtp::FullIntraRequest& request) {
                       for (const auto& entry : request.entries) {
                           if (entry.media != picture || std::exchange(last_fir_, entry.number) == entry.number)
                               continue;
                           keyframe_wanted_ = true;
                       }
                   },
                   [](const auto&) {}, // names, goodbyes, and what we do not know
               },
               packet);
    keyframe_wanted_ = keyframe_wanted_ && video_sender_.is_sending();
}

void Media::handle_blocks(Instant now, const std::vector<rtp::ReportBlock>& blocks) {
    for (const rtp::ReportBlock& block : blocks) {
        audio_sender_.handle_report(now, clock_, block);
        video_sender_.handle_report(now, clock_, block);
    }
}

// ---- time

void Media::handle_timeout(Instant now) {
    if (!keys_) return;
    video_receiver_.handle_timeout(now);
    send_feedback(now);
    if (keys_->timer.handle_timeout(now)) send_reports(now);
}

std::optional<Instant> Media::poll_timeout() const {
    if (!keys_ || !is_agreed()) return std::nullopt;
    std::optional<Instant> next = keys_->timer.poll_timeout();
    for (const auto at : {audio_receiver_.poll_timeout(), video_receiver_.poll_timeout()}) {
        if (at && (!next || *at < *next)) next = at;
    }
    return next;
}

// ---- what goes

// Of what has been sent; else of what would be.
rtp::Ssrc Media::own_ssrc() const {
    const bool has_sent_sound = audio_sender_.stream().packets() > 0;
    return (has_sent_sound || !video_ ? audio_sender_ : video_sender_).stream().ssrc();
}

void Media::add_reports(rtp::RtcpWriter& writer, Instant now) {
    std::vector<rtp::ReportBlock> blocks;
    for (HeardSource* source : {&audio_receiver_.source(), &video_receiver_.source()}) {
        if (const auto block = source->make_report(now)) blocks.push_back(*block);
    }
    bool has_report = false;
    for (const MediaSender* sender : {&audio_sender_, &video_sender_}) {
        const auto info = sender->is_sending() ? sender->stream().make_report(now, clock_) : std::nullopt;
        if (!info) continue;
        writer.add_sender_report(sender->stream().ssrc(), *info, has_report ? std::vector<rtp::ReportBlock>() : blocks);
        has_report = true;
    }
    if (!has_report) writer.add_receiver_report(own_ssrc(), blocks);
    writer.add_cname(own_ssrc(), cname_);
}

void Media::send_reports(Instant now) {
    if (!is_agreed()) return;
    ByteBuffer packet;
    rtp::RtcpWriter writer(packet);
    add_reports(writer, now);
    send_control(std::move(packet));
}

void Media::begin_feedback(rtp::RtcpWriter& writer) const {
    if (video_ && video_->has_rsize) return;
    writer.add_receiver_report(own_ssrc(), {}).add_cname(own_ssrc(), cname_);
}

void Media::send_feedback(Instant /*now*/) {
    const std::vector<std::uint16_t> missing = video_receiver_.poll_nack();
    const bool is_lost = video_receiver_.poll_pli();
    const auto media = video_receiver_.source().ssrc();
    if (!media) return;
    for (std::span<const std::uint16_t> rest(missing); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), kNackSequencesMax));
        rest = rest.subspan(part.size());
        ByteBuffer packet;
        rtp::RtcpWriter writer(packet);
        begin_feedback(writer);
        writer.add_nack(own_ssrc(), *media, part);
        send_control(std::move(packet));
    }
    if (!is_lost) return;
    ByteBuffer packet;
    rtp::RtcpWriter writer(packet);
    begin_feedback(writer);
    writer.add_picture_loss(own_ssrc(), *media);
    send_control(std::move(packet));
}

void Media::say_goodbye(Instant now) {
    if (!keys_ || !is_agreed()) return;
    std::vector<rtp::Ssrc> sources;
    for (const MediaSender* sender : {&audio_sender_, &video_sender_}) {
        if (sender->stream().packets() > 0) sources.push_back(sender->stream().ssrc());
    }
    if (sources.empty()) return;
    ByteBuffer packet;
    rtp::RtcpWriter writer(packet);
    add_reports(writer, now);
    writer.add_goodbye(sources);
    send_control(std::move(packet));
}

void Media::send_control(ByteBuffer packet) {
    if (!keys_) return;
    const std::size_t size = packet.size();
    packet.resize(size + srtp::rtcp_overhead(keys_->protector.profile()));
    const auto protected_size = keys_->protector.protect_rtcp(packet, size);
    if (!protected_size || control_.size() == kControlMax) return; // a key that is used up, after years
    packet.resize(*protected_size);
    control_.push_back(std::move(packet));
}

std::optional<ByteBuffer> Media::poll_transmit() {
    if (!keys_) return std::nullopt;
    if (!control_.empty()) {
        ByteBuffer packet = std::move(control_.front());
        control_.pop_front();
        return packet;
    }
    for (MediaSender* sender : {&audio_sender_, &video_sender_}) {
        while (auto packet = sender->poll_packet()) {
            const std::size_t size = packet->size();
            packet->resize(size + srtp::rtp_overhead(keys_->protector.profile()));
            const auto protected_size = keys_->protector.protect_rtp(*packet, size);
            if (!protected_size) continue;
            packet->resize(*protected_size);
            return packet;
        }
    }
    return std::nullopt;
}

std::optional<Event> Media::poll_event(Instant now) {
    if (std::exchange(keyframe_wanted_, false)) return KeyframeWanted{};
    if (auto frame = audio_receiver_.poll_frame(now)) return std::move(*frame);
    if (auto frame = video_receiver_.poll_frame(now)) return std::move(*frame);
    return std::nullopt;
}

void Media::drop_packets() {
    control_.clear();
    audio_sender_.drop_packets();
    video_sender_.drop_packets();
}

} // namespace vv::peer
