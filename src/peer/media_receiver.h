// What comes of one section: packets that SRTP let in become frames, and what is
// missing is asked for again.
#pragma once

#include "base/instant.h"
#include "peer/agreement.h"
#include "peer/event.h"
#include "rtp/jitter_buffer.h"
#include "rtp/keyframe_requester.h"
#include "rtp/nack_generator.h"
#include "rtp/receiver_stats.h"
#include "rtp/unwrapper.h"
#include "rtp/vp8_assembler.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vv::peer {

/// The source that is heard in a section: the one that sent last, since a browser may take another at any time.
class HeardSource {
public:
    explicit HeardSource(std::uint32_t clock_rate) : clock_rate_(clock_rate) {}

    /// True: it is another than before, or the first.
    bool handle_packet(Instant now, const rtp::Header& header);
    void handle_sender_report(Instant now, rtp::Ssrc source, const rtp::SenderInfo& info);
    /// Nothing: no packet has come since the last one.
    [[nodiscard]] std::optional<rtp::ReportBlock> make_report(Instant now);

    [[nodiscard]] std::optional<rtp::Ssrc> ssrc() const {
        return current_ ? std::optional(current_->source()) : std::nullopt;
    }
    /// Of all of them together, but for the jitter.
    void add_to(ReceiveStats& stats) const;

private:
    std::uint32_t clock_rate_;
    std::optional<rtp::ReceiverStats> current_;
    std::uint64_t reported_ = 0; // packets of this one
    std::uint64_t packets_before_ = 0;
    std::int64_t lost_before_ = 0;
};

class AudioReceiver {
public:
    explicit AudioReceiver(Duration delay);

    void handle_packet(Instant now, const rtp::Packet& packet);
    [[nodiscard]] std::optional<AudioFrame> poll_frame(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return buffer_.poll_timeout(); }

    [[nodiscard]] HeardSource& source() { return source_; }
    [[nodiscard]] ReceiveStats stats() const;

private:
    Duration delay_;
    HeardSource source_;
    rtp::JitterBuffer buffer_;
    ReceiveStats stats_;
};

class VideoReceiver {
public:
    VideoReceiver();

    /// Nothing: no such section.
    void agree(const std::optional<MediaAgreement>& agreement);
    void handle_packet(Instant now, const rtp::Packet& packet);
    /// payload_type: of what was lost.
    void handle_repair(Instant now, const rtp::Packet& rtx, std::uint8_t payload_type);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<VideoFrame> poll_frame(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

    /// Numbers to ask for again; empty: none.
    [[nodiscard]] std::vector<std::uint16_t> poll_nack();
    /// True: a PLI is to be sent now.
    [[nodiscard]] bool poll_pli();
    void request_keyframe(Instant now);
    void set_round_trip(Duration round_trip);

    [[nodiscard]] HeardSource& source() { return source_; }
    [[nodiscard]] const HeardSource& source() const { return source_; }
    [[nodiscard]] ReceiveStats stats() const;

private:
    void take(Instant now, const rtp::Packet& packet);
    void follow_need(Instant now);

    HeardSource source_;
    rtp::Vp8Assembler assembler_;
    rtp::NackGenerator nacks_;
    rtp::KeyframeRequester requester_;
    rtp::TimestampUnwrapper timestamps_;
    Duration round_trip_ = rtp::kNackRetryDefault;
    bool is_receiving_ = false;
    bool has_nack_ = false;
    bool has_pli_ = false;
    bool wants_keyframe_ = false; // whatever the assembler thinks
    ReceiveStats stats_;
};

} // namespace vv::peer
