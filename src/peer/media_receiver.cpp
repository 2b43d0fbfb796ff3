#include "peer/media_receiver.h"

#include "rtp/opus.h"
#include "rtp/rtx.h"
#include "rtp/vp8.h"

#include <algorithm>
#include <utility>

namespace vv::peer {

// ---- the source

bool HeardSource::handle_packet(Instant now, const rtp::Header& header) {
    const bool is_other = !current_ || current_->source() != header.ssrc;
    if (is_other) {
        if (current_) {
            packets_before_ += current_->received();
            lost_before_ += current_->lost();
        }
        current_.emplace(header.ssrc, clock_rate_, now);
        reported_ = 0;
    }
    current_->handle_packet(now, header);
    return is_other;
}

void HeardSource::handle_sender_report(Instant now, rtp::Ssrc source, const rtp::SenderInfo& info) {
    if (current_ && current_->source() == source) current_->handle_sender_report(now, info);
}

std::optional<rtp::ReportBlock> HeardSource::make_report(Instant now) {
    if (!current_ || current_->received() == reported_) return std::nullopt; // RFC 3550 §6.4
    reported_ = current_->received();
    return current_->make_report(now);
}

void HeardSource::add_to(ReceiveStats& stats) const {
    stats.packets = packets_before_ + (current_ ? current_->received() : 0);
    stats.lost = lost_before_ + (current_ ? current_->lost() : 0);
    if (current_) stats.jitter = current_->jitter();
}

// ---- sound

AudioReceiver::AudioReceiver(Duration delay)
    : delay_(delay),
      source_(rtp::kOpusClockRate),
      buffer_(rtp::kOpusClockRate, delay) {}

void AudioReceiver::handle_packet(Instant now, const rtp::Packet& packet) {
    if (source_.handle_packet(now, packet.header)) {
        stats_.late += buffer_.dropped();
        buffer_ = rtp::JitterBuffer(rtp::kOpusClockRate, delay_);
    }
    buffer_.handle_packet(now, packet);
}

std::optional<AudioFrame> AudioReceiver::poll_frame(Instant now) {
    auto played = buffer_.poll_packet(now);
    if (!played) return std::nullopt;
    ++stats_.frames;
    return AudioFrame{played->timestamp, played->marker, std::move(played->payload)};
}

ReceiveStats AudioReceiver::stats() const {
    ReceiveStats stats = stats_;
    source_.add_to(stats);
    stats.late += buffer_.dropped();
    return stats;
}

// ---- pictures

VideoReceiver::VideoReceiver() : source_(rtp::kVideoClockRate) {}

void VideoReceiver::agree(const std::optional<MediaAgreement>& agreement) {
    is_receiving_ = agreement && receives(agreement->direction);
    has_nack_ = agreement && agreement->has_nack;
    has_pli_ = agreement && agreement->has_pli;
    if (is_receiving_) return;
    // Nobody would answer what is asked for now.
    nacks_ = {};
    nacks_.set_round_trip(round_trip_);
    wants_keyframe_ = false;
    requester_.handle_keyframe();
    (void)requester_.poll_request();
}

void VideoReceiver::handle_packet(Instant now, const rtp::Packet& packet) {
    if (source_.handle_packet(now, packet.header)) {
        stats_.skips += assembler_.skips();
        assembler_ = {};
        nacks_ = {};
        nacks_.set_round_trip(round_trip_);
        timestamps_ = {};
    }
    take(now, packet);
}

void VideoReceiver::handle_repair(Instant now, const rtp::Packet& rtx, std::uint8_t payload_type) {
    const auto media = source_.ssrc();
    const auto bytes = media ? rtp::restore_from_rtx(rtx, *media, payload_type) : std::nullopt;
    const auto packet = bytes ? rtp::parse_packet(*bytes) : Failure(rtp::ParseError::kTooShort);
    if (!packet) return; // padding, or of a source that is not heard yet
    ++stats_.repaired;
    take(now, *packet);
}

void VideoReceiver::take(Instant now, const rtp::Packet& packet) {
    if (has_nack_) nacks_.handle_packet(now, packet.header.sequence);
    assembler_.handle_packet(now, packet);
    follow_need(now);
}

void VideoReceiver::handle_timeout(Instant now) {
    if (!is_receiving_) return;
    nacks_.handle_timeout(now);
    assembler_.handle_timeout(now);
    follow_need(now);
    requester_.handle_timeout(now);
}

// Before anything has come there is nobody to ask.
void VideoReceiver::follow_need(Instant now) {
    if (nacks_.poll_given_up()) wants_keyframe_ = true;
    const bool is_needed =
        is_receiving_ && source_.ssrc().has_value() && (wants_keyframe_ || assembler_.needs_keyframe());
    if (is_needed) {
        requester_.handle_need(now);
    } else {
        requester_.handle_keyframe();
    }
}

std::optional<VideoFrame> VideoReceiver::poll_frame(Instant now) {
    auto picture = assembler_.poll_picture();
    if (!picture) return std::nullopt;
    ++stats_.frames;
    if (picture->head.is_key) {
        wants_keyframe_ = false;
        nacks_.forget_before(picture->last_sequence); // all of this one has come
        follow_need(now);
    }
    return VideoFrame{timestamps_.unwrap(picture->timestamp), picture->head, std::move(picture->bytes)};
}

std::optional<Instant> VideoReceiver::poll_timeout() const {
    if (!is_receiving_) return std::nullopt;
    std::optional<Instant> next = nacks_.poll_timeout();
    for (const auto at : {assembler_.poll_timeout(), requester_.poll_timeout()}) {
        if (at && (!next || *at < *next)) next = at;
    }
    return next;
}

std::vector<std::uint16_t> VideoReceiver::poll_nack() {
    std::vector<std::uint16_t> sequences = nacks_.poll_nack();
    stats_.nacks += sequences.size();
    return sequences;
}

bool VideoReceiver::poll_pli() {
    if (!requester_.poll_request() || !has_pli_) return false;
    ++stats_.plis;
    return true;
}

void VideoReceiver::request_keyframe(Instant now) {
    wants_keyframe_ = true;
    follow_need(now);
}

void VideoReceiver::set_round_trip(Duration round_trip) {
    round_trip_ = round_trip;
    nacks_.set_round_trip(round_trip);
    requester_.set_round_trip(round_trip);
}

ReceiveStats VideoReceiver::stats() const {
    ReceiveStats stats = stats_;
    source_.add_to(stats);
    stats.skips += assembler_.skips();
    return stats;
}

} // namespace vv::peer
