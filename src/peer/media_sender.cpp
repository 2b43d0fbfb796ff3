#include "peer/media_sender.h"

#include "rtp/opus.h"
#include "rtp/rtx.h"
#include "srtp/profile.h"

#include <algorithm>
#include <array>

namespace vv::peer {
namespace {

// RFC 8285 §4.2: header, number with length, and what fills the word.
constexpr std::size_t kMidExtensionMax = rtp::kExtensionHeaderSize + 1 + rtp::kOneByteSizeMax + 3;
constexpr std::size_t kPayloadMax =
    kMediaPacketMax - rtp::kFixedHeaderSize - kMidExtensionMax - rtp::kRtxPrefixSize - srtp::kRtpOverheadMax;

// RTX begins below 2^15 for the reason the stream itself does (rtp/sender_stream.h).
constexpr std::uint64_t kFirstSequenceBound = 1U << 15U;

// Whether packets made for one of them are what the other agrees on.
bool looks_alike(const MediaAgreement& a, const MediaAgreement& b) {
    return a.mid == b.mid && a.payload_type == b.payload_type && a.rtx_payload_type == b.rtx_payload_type &&
           a.mid_extension == b.mid_extension;
}

} // namespace

MediaSender::MediaSender(const Sources& sources, std::uint32_t clock_rate, Rng& rng)
    : sources_(sources),
      clock_rate_(clock_rate),
      first_repeat_(static_cast<std::uint16_t>(rng.below(kFirstSequenceBound))),
      stream_(rtp::Ssrc(sources.media), clock_rate, rng),
      packetizer_(kPayloadMax, static_cast<std::uint16_t>(rng.below(rtp::kVp8PictureIdMax + 1U))) {}

void MediaSender::agree(const std::optional<MediaAgreement>& agreement) {
    const bool is_alike = agreement_ && agreement && looks_alike(*agreement_, *agreement);
    agreement_ = agreement;
    if (!is_sending()) drop_packets();
    if (!agreement_ || !agreement_->rtx_payload_type) return;
    // Once: a second one would begin its numbers anew, and SRTP does not protect a number twice.
    if (responder_) {
        if (!is_alike) responder_->begin_anew(*agreement_->rtx_payload_type);
        return;
    }
    responder_.emplace(rtp::NackResponder::Rtx{.ssrc = rtp::Ssrc(sources_.rtx),
                                               .payload_type = *agreement_->rtx_payload_type,
                                               .first_sequence = first_repeat_});
    responder_->set_round_trip(round_trip_);
}

void MediaSender::set_round_trip(Duration round_trip) {
    round_trip_ = round_trip;
    if (responder_) responder_->set_round_trip(round_trip);
}

Result<void, MediaError> MediaSender::send_audio(Instant now, std::uint32_t media_time, ByteView packet) {
    const MediaAgreement* agreement = sending();
    if (agreement == nullptr) return Failure(MediaError::kNotAgreed);
    const auto duration = rtp::opus_duration(packet);
    if (!duration || packet.size() > kPayloadMax) return Failure(MediaError::kBadFrame);
    if (packets_.size() >= kOutgoingMediaMax) return Failure(MediaError::kQueueFull);
    const bool after_silence = sound_ends_at_ != media_time; // RFC 7587 §4.1
    sound_ends_at_ = media_time + *duration;
    add_packet(now, *agreement, stream_.next_header(agreement->payload_type, after_silence, media_time), packet);
    ++stats_.frames;
    return {};
}

Result<void, MediaError> MediaSender::send_video(Instant now, std::uint32_t media_time, ByteView picture) {
    const MediaAgreement* agreement = sending();
    if (agreement == nullptr) return Failure(MediaError::kNotAgreed);
    if (picture.empty() || picture.size() > kPictureSizeMax) return Failure(MediaError::kBadFrame);
    const std::size_t pieces = picture.size() / (kPayloadMax - rtp::kVp8DescriptorSizeMax) + 1;
    if (packets_.size() + pieces > kOutgoingMediaMax) return Failure(MediaError::kQueueFull);
    const std::vector<ByteBuffer> payloads = packetizer_.packetize(picture);
    for (const ByteBuffer& payload : payloads) {
        const bool is_last = &payload == &payloads.back();
        add_packet(now, *agreement, stream_.next_header(agreement->payload_type, is_last, media_time), payload);
    }
    ++stats_.frames;
    return {};
}

void MediaSender::add_packet(Instant now, const MediaAgreement& agreement, const rtp::Header& header,
                             ByteView payload) {
    ByteBuffer packet;
    packet.reserve(rtp::kFixedHeaderSize + kMidExtensionMax + payload.size() + srtp::kRtpOverheadMax);
    const std::string& mid = agreement.mid;
    // By it the other end tells the sections apart (RFC 9143 §9.2); longer names than anybody makes do without.
    const bool has_mid = agreement.mid_extension && !mid.empty() && mid.size() <= rtp::kOneByteSizeMax;
    const rtp::Extension extension{agreement.mid_extension.value_or(0), as_bytes(mid)};
    rtp::write_header(packet, header, std::span(&extension, has_mid ? 1 : 0));
    packet.insert(packet.end(), payload.begin(), payload.end());
    stream_.note_sent(now, header, payload.size());
    ++stats_.packets;
    stats_.bytes += payload.size();
    if (responder_) responder_->note_sent(now, packet);
    packets_.push_back(std::move(packet));
}

std::optional<ByteBuffer> MediaSender::poll_packet() {
    if (responder_) {
        if (auto repeat = responder_->poll_transmit()) {
            ++stats_.repeats;
            return repeat;
        }
    }
    if (packets_.empty()) return std::nullopt;
    ByteBuffer packet = std::move(packets_.front());
    packets_.pop_front();
    return packet;
}

void MediaSender::drop_packets() {
    packets_.clear();
    while (responder_ && responder_->poll_transmit()) {
    }
}

void MediaSender::handle_nack(Instant now, rtp::Ssrc media, std::span<const std::uint16_t> sequences) {
    const MediaAgreement* agreement = sending();
    if (agreement == nullptr || !agreement->rtx_payload_type || media != stream_.ssrc() || !responder_) return;
    responder_->handle_nack(now, sequences);
}

SendStats MediaSender::stats() const {
    SendStats stats = stats_;
    stats.round_trip = stream_.round_trip();
    if (const auto& report = stream_.last_report()) {
        stats.lost = report->cumulative_lost;
        stats.fraction_lost = report->fraction_lost;
        stats.jitter = std::chrono::nanoseconds(std::int64_t{report->jitter} * 1'000'000'000 / clock_rate_);
    }
    return stats;
}

} // namespace vv::peer
