#include "rtp/nack_responder.h"

#include "base/assert.h"
#include "rtp/rtx.h"
#include "rtp/unwrapper.h"

#include <algorithm>
#include <utility>

namespace vv::rtp {

NackResponder::NackResponder(std::optional<Rtx> rtx) : rtx_(rtx) {}

void NackResponder::note_sent(Instant now, ByteView packet) {
    const std::uint16_t sequence = sequence_of(packet);
    VV_ASSERT(sent_.empty() || distance(sequence, sent_.back().sequence) > 0);
    sent_.push_back({now, std::nullopt, sequence, ByteBuffer(packet.begin(), packet.end())});
    bytes_ += packet.size();
    drop_old(now);
}

void NackResponder::drop_old(Instant now) {
    while (!sent_.empty() &&
           (sent_.size() > kSentPacketsMax || bytes_ > kSentBytesMax || now - sent_.front().at > kSentAgeMax)) {
        bytes_ -= sent_.front().packet.size();
        sent_.pop_front();
    }
}

void NackResponder::begin_anew(std::uint8_t rtx_payload_type) {
    if (rtx_) rtx_->payload_type = rtx_payload_type;
    sent_.clear();
    bytes_ = 0;
    outgoing_.clear();
}

NackResponder::Sent* NackResponder::find(std::uint16_t sequence) {
    const auto found = std::ranges::lower_bound(
        sent_, sequence, [](std::uint16_t a, std::uint16_t b) { return distance(a, b) < 0; }, &Sent::sequence);
    return found != sent_.end() && found->sequence == sequence ? &*found : nullptr;
}

void NackResponder::handle_nack(Instant now, std::span<const std::uint16_t> sequences) {
    drop_old(now);
    for (const std::uint16_t sequence : sequences) {
        if (outgoing_.size() == kResendsMax) return;
        Sent* const sent = find(sequence);
        if (sent == nullptr || (sent->resent_at && now - *sent->resent_at < round_trip_)) continue;
        sent->resent_at = now;
        if (!rtx_) {
            outgoing_.push_back(sent->packet);
            continue;
        }
        const auto original = parse_packet(sent->packet);
        VV_ASSERT(original.has_value()); // we wrote it
        outgoing_.push_back(write_rtx(
            *original, {.payload_type = rtx_->payload_type, .sequence = rtx_->first_sequence++, .ssrc = rtx_->ssrc}));
    }
}

std::optional<ByteBuffer> NackResponder::poll_transmit() {
    if (outgoing_.empty()) return std::nullopt;
    ByteBuffer packet = std::move(outgoing_.front());
    outgoing_.pop_front();
    return packet;
}

} // namespace vv::rtp
