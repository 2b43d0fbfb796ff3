// The media of a connection, under the keys that DTLS has made: what is sent and
// heard in the sections of sound and picture, and the reports of both (RFC 3550).
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "dtls/srtp_keys.h"
#include "peer/agreement.h"
#include "peer/config.h"
#include "peer/descriptions.h"
#include "peer/event.h"
#include "peer/media_error.h"
#include "peer/media_receiver.h"
#include "peer/media_sender.h"
#include "rtp/ntp.h"
#include "rtp/report_timer.h"
#include "rtp/rtcp.h"
#include "rtp/rtcp_writer.h"
#include "srtp/protector.h"
#include "srtp/unprotector.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace vv::peer {

class Media {
public:
    /// rng outlives this.
    Media(Instant now, const Config& config, const Descriptions& descriptions, Rng& rng);

    void agree(Instant now, const std::optional<MediaAgreement>& audio, const std::optional<MediaAgreement>& video,
               Counters& counters);
    /// Whether an offer of ours waits: what comes by it may come before its answer (RFC 3264 §5.1).
    void expect_more(bool expects, Counters& counters);
    [[nodiscard]] bool is_agreed() const { return audio_ || video_; }
    /// What came before them is looked at.
    void set_keys(Instant now, const dtls::SrtpKeys& keys, Counters& counters);
    [[nodiscard]] bool has_keys() const { return keys_.has_value(); }
    void set_round_trip(Duration round_trip);

    void handle_packet(Instant now, ByteBuffer packet, Counters& counters);
    void handle_timeout(Instant now);
    /// A packet of RTP or RTCP, protected.
    [[nodiscard]] std::optional<ByteBuffer> poll_transmit();
    [[nodiscard]] std::optional<Event> poll_event(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// There is no path: what waits would come too late.
    void drop_packets();
    /// RFC 3550 §6.6, as the last packet.
    void say_goodbye(Instant now);

    [[nodiscard]] Result<void, MediaError> send_audio(Instant now, std::uint32_t media_time, ByteView packet) {
        return audio_sender_.send_audio(now, media_time, packet);
    }
    [[nodiscard]] Result<void, MediaError> send_video(Instant now, std::uint32_t media_time, ByteView picture) {
        return video_sender_.send_video(now, media_time, picture);
    }
    void request_keyframe(Instant now) { video_receiver_.request_keyframe(now); }

    [[nodiscard]] MediaStats audio_stats() const { return {audio_sender_.stats(), audio_receiver_.stats()}; }
    [[nodiscard]] MediaStats video_stats() const { return {video_sender_.stats(), video_receiver_.stats()}; }

private:
    struct Keys {
        srtp::Protector protector;
        srtp::Unprotector unprotector;
        rtp::ReportTimer timer;
    };

    void unprotect(Instant now, srtp::Unprotector& unprotector, ByteBuffer& packet, Counters& counters);
    void handle_rtp(Instant now, ByteView bytes, Counters& counters);
    void handle_rtcp(Instant now, ByteView bytes, Counters& counters);
    void handle(Instant now, const rtp::RtcpPacket& packet);
    void handle_blocks(Instant now, const std::vector<rtp::ReportBlock>& blocks);
    /// Of the section that a packet belongs to; null: of none, or of one that receives nothing.
    [[nodiscard]] const MediaAgreement* section_of(const rtp::Packet& packet) const;

    void send_reports(Instant now);
    void send_feedback(Instant now);
    [[nodiscard]] rtp::Ssrc own_ssrc() const;
    void add_reports(rtp::RtcpWriter& writer, Instant now);
    void begin_feedback(rtp::RtcpWriter& writer) const;
    void send_control(ByteBuffer packet);

    rtp::NtpClock clock_;
    Rng& rng_;
    std::string cname_;
    std::optional<MediaAgreement> audio_;
    std::optional<MediaAgreement> video_;
    MediaSender audio_sender_;
    MediaSender video_sender_;
    AudioReceiver audio_receiver_;
    VideoReceiver video_receiver_;
    std::optional<Keys> keys_;
    std::deque<ByteBuffer> early_;
    bool expects_more_ = false;
    std::deque<ByteBuffer> unclaimed_; // RTP, let in, for a section that the answer may have
    std::deque<ByteBuffer> control_;   // RTCP, protected
    std::optional<std::uint8_t> last_fir_;
    bool keyframe_wanted_ = false;
};

} // namespace vv::peer
