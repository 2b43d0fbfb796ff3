// One end of a call: what SDP agrees on, over a path that ICE has found, under
// keys that DTLS has made: data channels, one stream of sound (Opus) and one of
// pictures (VP8) each way. Frames come in and go out encoded.
//
// No socket, no clock, no randomness of its own: the driver hands in packets and
// time, and after each call drains poll_event() and poll_transmit() by turns until
// both are empty, since each may make something for the other; then it sleeps
// until poll_timeout(). Time is never earlier than in the call before.
//
//   A                                B
//   make_offer()            ->       take_offer(), make_answer()
//   take_answer()           <-
//   event Candidate         <->      add_remote_candidate()
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "dtls/certificate.h"
#include "dtls/session.h"
#include "ice/agent.h"
#include "peer/channels.h"
#include "peer/config.h"
#include "peer/description_error.h"
#include "peer/descriptions.h"
#include "peer/event.h"
#include "peer/media.h"
#include "peer/media_error.h"
#include "peer/secure_path.h"
#include "sctp/data_channels.h"
#include "sdp/attributes.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vv::peer {

enum class MediaKind : std::uint8_t { kAudio, kVideo };

enum class IceRestart : std::uint8_t { kNo, kYes };

class PeerConnection {
public:
    /// rng outlives this, and is secret. A certificate may serve many connections (dtls/certificate.h).
    PeerConnection(Instant now, const Config& config, dtls::Certificate certificate, Rng& rng);
    PeerConnection(const PeerConnection&) = delete;
    PeerConnection& operator=(const PeerConnection&) = delete;
    ~PeerConnection();

    // ---- what this end wants; holds from the next offer or answer on

    /// Nothing: no section, or, where there is one already, nothing in it. Both directions at most as said.
    void want(MediaKind kind, std::optional<sdp::Direction> direction);
    void want_data();

    // ---- descriptions (RFC 8829)

    /// kYes: new ICE credentials, from this offer on. Made again before the answer has come it takes the place of the
    /// one before, whose answer must not be taken any more.
    [[nodiscard]] Result<std::string, DescriptionError> make_offer(Instant now, IceRestart restart = IceRestart::kNo);
    /// Refused while an offer of ours waits for its answer.
    [[nodiscard]] Result<void, DescriptionError> take_offer(Instant now, std::string_view sdp);
    [[nodiscard]] Result<std::string, DescriptionError> make_answer(Instant now);
    [[nodiscard]] Result<void, DescriptionError> take_answer(Instant now, std::string_view sdp);
    /// Takes back the offer of ours that waits, so that one of the other end's can be taken (RFC 8829 §4.1.10.2). If it
    /// was to restart ICE the next offer of this end does, unless the other end's has by then. False: none waits.
    bool withdraw_offer(Instant now);
    /// The newest description of ours, with the candidates that are known by now. Nothing: none was made.
    [[nodiscard]] std::optional<std::string> local_description() const;
    /// There are no more to come in this generation.
    [[nodiscard]] bool has_all_candidates() const { return has_all_candidates_; }
    /// An offer waits for an answer of this end that is the first, or restarts ICE (RFC 8839 §4.4.1.1.1).
    [[nodiscard]] bool has_restart_to_answer() const { return descriptions_.is_offer_of_other_a_restart(); }
    /// By which the other end is known. Nothing: there is no agreement.
    [[nodiscard]] std::vector<crypto::Fingerprint> remote_fingerprints() const;
    /// What is agreed on by now, as this end sees it. Nothing: there is no such section, or it is rejected.
    [[nodiscard]] std::optional<sdp::Direction> direction(MediaKind kind) const;
    /// And the association has not ended: where a round has rejected the section it has, for good.
    [[nodiscard]] bool has_data() const;

    /// Also before the description that it belongs to. An empty line: there are no more. mid, ufrag: empty if not
    /// told. False: it is of no use, and counted.
    bool add_remote_candidate(Instant now, const Candidate& candidate);
    void handle_resolved(Instant now, std::string_view name, const std::optional<IpAddress>& ip);

    // ---- transports, as ice/agent.h has them

    /// Besides those of the configuration: each socket asks it. False: there are ice::kStunServersMax.
    bool add_stun_server(Instant now, const SocketAddress& server);
    bool add_host(Instant now, const ice::HostTransport& host);
    bool add_relay(Instant now, const ice::RelayTransport& relay);
    void remove_transport(Instant now, ice::TransportId via);
    /// There are all transports there will be; so it is for the generations after a restart as well, until
    /// expect_transports().
    void finish_gathering(Instant now);
    /// More will come, before the next restart or after it.
    void expect_transports() { is_gathering_finished_ = false; }

    // ---- packets and time

    void handle_input(Instant now, const ice::Route& route, ByteView packet);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<ice::Transmit> poll_transmit();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// Says goodbye, which poll_transmit() still gives; nothing comes after it.
    void close(Instant now);

    // ---- data channels

    /// At any time before the end; the channel is there once ChannelOpened says so. Messages may be sent from Secured
    /// on, and arrive behind the opening.
    [[nodiscard]] Result<ChannelId, sctp::OpenError> open_channel(Instant now, const sctp::ChannelOptions& options);
    /// On a stream that both ends have agreed on by other means (W3C's `negotiated`): nothing is said of it, and no
    /// ChannelOpened comes.
    [[nodiscard]] Result<ChannelId, sctp::OpenError> open_negotiated(Instant now, sctp::ChannelId stream,
                                                                     const sctp::ChannelOptions& options);
    [[nodiscard]] Result<void, sctp::SendError> send(Instant now, ChannelId id, sctp::PayloadKind kind,
                                                     ByteView payload);
    [[nodiscard]] Result<void, sctp::SendError> send_text(Instant now, ChannelId id, std::string_view text) {
        return send(now, id, sctp::PayloadKind::kText, as_bytes(text));
    }
    /// It was opened, and waits for an association to be opened on.
    [[nodiscard]] bool is_held(ChannelId id) const { return channels_.is_held(id); }
    /// Bytes that have not been sent yet.
    [[nodiscard]] std::size_t buffered(ChannelId id) const;
    void set_buffered_low(ChannelId id, std::size_t bytes);
    /// What was sent is delivered first.
    void close_channel(Instant now, ChannelId id);

    // ---- media

    /// A packet of Opus. media_time: in 1/48000 s from any start, as rtp::OpusTimeline counts it; wraps.
    [[nodiscard]] Result<void, MediaError> send_audio(Instant now, std::uint32_t media_time, ByteView packet);
    /// A picture of VP8. media_time: in 1/90000 s from any start; wraps.
    [[nodiscard]] Result<void, MediaError> send_video(Instant now, std::uint32_t media_time, ByteView picture);
    /// Asks the other end for a whole picture, as soon as it may.
    void request_keyframe(Instant now);

    // ---- what is known

    [[nodiscard]] State state() const;
    [[nodiscard]] std::optional<Fault> fault() const;
    [[nodiscard]] std::optional<ice::PathInfo> path() const;
    [[nodiscard]] const std::optional<Secured>& security() const;
    /// Of the path, as ICE has measured it.
    [[nodiscard]] std::optional<Duration> round_trip() const;
    [[nodiscard]] MediaStats stats(MediaKind kind) const;
    [[nodiscard]] const Counters& counters() const;
    [[nodiscard]] const ice::Agent& ice() const;
    [[nodiscard]] dtls::SessionCounters dtls_counters() const;

private:
    // connection.cpp
    [[nodiscard]] OwnIce own_ice() const;
    void set_controlling(bool controlling);
    void note_described();
    void follow_agreement(Instant now);
    void begin_channels(Instant now);
    [[nodiscard]] bool is_due(const Candidate& candidate) const;
    [[nodiscard]] bool hold(const Candidate& candidate);
    [[nodiscard]] bool add_line(Instant now, const Candidate& candidate);
    [[nodiscard]] const std::optional<MediaAgreement>* section(MediaKind kind) const;

    // connection_io.cpp
    void settle(Instant now);
    void note_generation(Instant now);
    void handle(Instant now, Happening& happening);
    void fail(const Fault& fault);
    void end(Instant now, sctp::EndReason reason);
    void collect_farewell();
    [[nodiscard]] bool has_ended() const { return is_closed_ || fault_; }
    [[nodiscard]] bool can_send() const;
    [[nodiscard]] std::optional<Event> poll_own_candidate();
    [[nodiscard]] std::optional<Event> poll_state();

    Config config_;
    Counters counters_;
    Descriptions descriptions_;
    SecurePath path_;
    Media media_;
    Channels channels_;
    Instant now_;
    bool is_gathering_finished_ = false;
    // Of this end, in the generation of ICE with this ufrag.
    std::string generation_;
    std::vector<std::string> candidates_;
    std::size_t candidates_told_ = 0;
    bool has_all_candidates_ = false;
    bool is_end_told_ = false;
    bool is_ahead_ = false; // ICE has restarted, and no round of descriptions has yet
    // Of the other end.
    std::vector<Candidate> held_;
    std::set<std::string, std::less<>> known_; // that the agent has, without what may be written in two ways
    // What poll_event() has not told yet, or told last.
    std::deque<std::string> names_;
    std::optional<ice::PathInfo> path_news_;
    bool is_security_told_ = false;
    State state_told_ = State::kNew;
    // How it stands.
    std::optional<Secured> security_;
    std::optional<Fault> fault_; // after which there is nothing any more
    std::optional<Duration> round_trip_told_;
    bool had_path_ = false;
    bool is_closed_ = false;
    std::deque<ice::Transmit> farewell_;
};

} // namespace vv::peer
