// What one source of ours is made of on its way out: frames become packets, which
// are kept for a while in case the other end asks for one again.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "peer/agreement.h"
#include "peer/config.h"
#include "peer/descriptions.h"
#include "peer/event.h"
#include "peer/media_error.h"
#include "rtp/nack_responder.h"
#include "rtp/ntp.h"
#include "rtp/rtcp.h"
#include "rtp/sender_stream.h"
#include "rtp/vp8.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vv::peer {

class MediaSender {
public:
    MediaSender(const Sources& sources, std::uint32_t clock_rate, Rng& rng);

    /// Nothing: no such section.
    void agree(const std::optional<MediaAgreement>& agreement);
    [[nodiscard]] bool is_sending() const { return sending() != nullptr; }

    [[nodiscard]] Result<void, MediaError> send_audio(Instant now, std::uint32_t media_time, ByteView packet);
    [[nodiscard]] Result<void, MediaError> send_video(Instant now, std::uint32_t media_time, ByteView picture);
    /// A packet of RTP, not protected.
    [[nodiscard]] std::optional<ByteBuffer> poll_packet();
    /// Nobody will fetch them in time.
    void drop_packets();

    void handle_nack(Instant now, rtp::Ssrc media, std::span<const std::uint16_t> sequences);
    void handle_report(Instant now, const rtp::NtpClock& clock, const rtp::ReportBlock& block) {
        stream_.handle_report(now, clock, block);
    }
    void set_round_trip(Duration round_trip);

    [[nodiscard]] const rtp::SenderStream& stream() const { return stream_; }
    [[nodiscard]] SendStats stats() const;

private:
    /// What is agreed on, if it is that this end sends.
    [[nodiscard]] const MediaAgreement* sending() const {
        return agreement_ && sends(agreement_->direction) ? &*agreement_ : nullptr;
    }
    void add_packet(Instant now, const MediaAgreement& agreement, const rtp::Header& header, ByteView payload);

    Sources sources_;
    std::uint32_t clock_rate_;
    std::uint16_t first_repeat_;
    rtp::SenderStream stream_;
    rtp::Vp8Packetizer packetizer_;
    std::optional<MediaAgreement> agreement_;
    std::optional<rtp::NackResponder> responder_; // where RTX is agreed on
    Duration round_trip_ = std::chrono::milliseconds(100);
    std::optional<std::uint32_t> sound_ends_at_; // of what was sent, without a break
    std::deque<ByteBuffer> packets_;
    SendStats stats_;
};

} // namespace vv::peer
