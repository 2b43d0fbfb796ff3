// One end of a call with a browser, or with anything else that speaks WebRTC: ICE (RFC 8445, 8838), DTLS (RFC 6347,
// 5764), SRTP (RFC 3711, 7714), SCTP and data channels (RFC 8831, 8832), one stream of Opus (RFC 7587) and one of VP8
// (RFC 7741) each way. Sound and pictures go in and come out encoded; how fast is yours to say: there is no congestion
// control.
//
// What the two ends have to tell each other (an offer, an answer, candidates) goes by a way of yours:
//
//   A                                    B
//   make_offer()                 ->      take_offer(), make_answer()
//   take_answer()                <-
//   handlers.candidate           <->     add_remote_candidate()
//
// Everything is called on the loop's thread. Handlers are called in rounds of the loop and never from within a call of
// this class, so an offer is in your hands before its first candidate is. They may call everything here, destroy the
// connection too, but run no loop (run(), run_for(), run_ready()); they may not throw: the program ends if one does.
#pragma once

#include "visavis/certificate.h"
#include "visavis/event.h"
#include "visavis/loop.h"
#include "visavis/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace visavis {

/// A server that helps two ends to find each other (RFC 7064, 7065).
/// Of one that refuses or is not there nothing is told: there is no candidate of it then.
struct IceServer {
    /// "stun:HOST[:PORT]", "turn:HOST[:PORT][?transport=udp]", "turn:HOST[:PORT]?transport=tcp" or "turns:HOST[:PORT]",
    /// which is over TLS; HOST is a name, an IPv4 address, or an IPv6 one in brackets. The port is 3478, of turns 5349,
    /// if nothing is said.
    std::string url{};
    std::string username{};   ///< of TURN, at most 508 bytes
    std::string credential{}; ///< of TURN
    /// Of turns: certificates to trust, in PEM; empty: the system's. Without one in it the server is not there.
    std::string trusted_pem{};
};

struct PeerOptions {
    /// Of STUN servers four addresses at most are asked, of each server one of IPv6 and one of IPv4.
    std::vector<IceServer> ice_servers{};
    /// Nothing is sent to the other end but through a TURN server, and it is told no address but that one's (RFC 8828).
    /// Names of this network are not looked for either.
    bool is_relay_only = false;
    /// IP addresses of this machine at which sockets are opened, IPv6 without brackets. One at which none can be is
    /// passed over. Empty: all there are, loopback only where there is nothing else.
    std::vector<std::string> addresses{};
    /// Nothing: a new one, so that nobody can recognise this end in another call.
    std::optional<Certificate> certificate{};
    /// So long sound is held, so that packets that come late still find their place. 0 to 10 s.
    std::chrono::milliseconds audio_delay{60};
};

/// What is told. All are called in rounds of the loop; what is not given is not told.
struct PeerHandlers {
    std::function<void(const StateChanged&)> state{};
    /// For the other end; the first comes behind the first description, and none that is in a description already. The
    /// last has an empty line.
    std::function<void(const Candidate&)> candidate{};
    /// local_description() has all candidates there will be. Called once for each description this end makes (of
    /// several in one round, for the newest), for signaling that has to wait for that.
    std::function<void()> gathered{};
    std::function<void(const Path&)> path{};
    std::function<void(const Security&)> secured{};
    std::function<void(const ChannelOpened&)> channel_opened{};
    std::function<void(const Message&)> message{};
    std::function<void(const ChannelLow&)> channel_low{};
    std::function<void(const ChannelClosed&)> channel_closed{};
    std::function<void(const AudioFrame&)> audio{};
    std::function<void(const VideoFrame&)> video{};
    std::function<void(const KeyframeWanted&)> keyframe_wanted{};
};

enum class IceRestart : std::uint8_t { kNo, kYes };

class PeerConnection {
public:
    /// The loop outlives it. Sockets are opened in the loop's next round. The end of the candidates waits for the names
    /// of STUN servers, for 5 s at most; one that is not known by then is done without. Throws std::invalid_argument
    /// for what is no ICE server, address or delay, and std::runtime_error if the kernel cannot be asked for this
    /// machine's addresses.
    explicit PeerConnection(Loop& loop, const PeerOptions& options = {}, PeerHandlers handlers = {});
    PeerConnection(const PeerConnection&) = delete;
    PeerConnection& operator=(const PeerConnection&) = delete;
    /// Says goodbye, as close() does; no handler is called any more.
    ~PeerConnection();

    // ---- what this end wants; it holds from the next offer or answer on

    /// Nothing: no section, or, where there is one already, nothing in it. An answer has both directions at most as the
    /// offer has them.
    void want(MediaKind kind, std::optional<Direction> direction);
    /// Channels are taken, and may be opened; open_channel() says the same.
    void want_data();

    // ---- descriptions: SDP as browsers have it, RFC 8829

    /// kYes: with new credentials of ICE, to find another path (RFC 8839 §4.4.1.1.1); the one there is carries on
    /// meanwhile. This machine's addresses are looked at anew, as the other end does when it answers: one that has come
    /// or gone since is found out by a restart alone. Made again before the answer has come it takes the place of the
    /// one before, whose answer must not be taken any more. kRefused while an offer of the other end waits.
    [[nodiscard]] Result<std::string> make_offer(IceRestart restart = IceRestart::kNo);
    /// kRefused while an offer of ours waits for its answer: withdraw_offer() first.
    [[nodiscard]] Result<void> take_offer(std::string_view sdp);
    /// kRefused: there is no offer of the other end.
    [[nodiscard]] Result<std::string> make_answer();
    /// kRefused: no offer of ours waits, or it is none to that one.
    [[nodiscard]] Result<void> take_answer(std::string_view sdp);
    /// Takes back the offer that waits for its answer ("rollback", RFC 8829 §4.1.10.2), so that the other end's can be
    /// taken: where both offer at once, one of them has to. False: there is none.
    bool withdraw_offer();
    /// The last description this end has made, with all candidates known by now in it: for signaling that carries one
    /// text and nothing after it. To be asked for when handlers.gathered is called. Empty: none was made.
    [[nodiscard]] std::string local_description() const;

    /// Also before the description it belongs to, of which 64 are kept. Both "candidate:…" and "a=candidate:…" will do.
    /// False: it is of no use by what is known now (malformed, too long, 64 wait already, the connection has ended).
    bool add_remote_candidate(const Candidate& candidate);

    /// What is agreed on by now. Nothing: there is no such section, or it is rejected.
    [[nodiscard]] std::optional<Direction> direction(MediaKind kind) const;
    /// Whether there is a section of data, and its association has not ended.
    [[nodiscard]] bool has_data() const;

    // ---- data channels

    /// At any time before the end, before the first offer too. It is there once handlers.channel_opened says so;
    /// messages may be sent before that, from handlers.secured on, and arrive behind the opening. kFull: there are 256
    /// already, or 64 that wait for the connection. kBadArgument: options. kEnded: there will be no channels any more.
    [[nodiscard]] Result<ChannelId> open_channel(const ChannelOptions& options);
    /// May be empty; at most what the other end has said that it takes (browsers: 256 KiB). kFull: 2 MiB of
    /// all channels wait already; handlers.channel_low tells when to go on. kEnded: there is no such channel any more.
    /// kNotConnected: the channel waits for the connection, or for a description with data.
    [[nodiscard]] Result<void> send(ChannelId id, std::span<const std::uint8_t> bytes);
    /// The same, as text: UTF-8.
    [[nodiscard]] Result<void> send(ChannelId id, std::string_view text);
    /// Bytes of messages that have not been sent yet.
    [[nodiscard]] std::size_t buffered(ChannelId id) const;
    /// handlers.channel_low is called each time as much as that or less comes to wait where there was more. 0 at first.
    void set_low_mark(ChannelId id, std::size_t bytes);
    /// What was sent is delivered first; what comes is not told any more. handlers.channel_closed follows.
    void close_channel(ChannelId id);

    // ---- media

    /// A packet of Opus, of at most 120 ms. media_time: in 1/48000 s from any start; it may wrap. kBadArgument: no such
    /// packet, or too large for a datagram. kNotConnected: there is no path, or there are no keys. kNotAgreed: by the
    /// descriptions this end does not send sound. kFull: what was sent before has not left yet.
    /// kEnded: the connection has ended.
    [[nodiscard]] Result<void> send_audio(std::uint32_t media_time, std::span<const std::uint8_t> packet);
    /// A picture of VP8, at most 1 MiB. media_time: in 1/90000 s from any start; it may wrap. Errors as of sound.
    [[nodiscard]] Result<void> send_video(std::uint32_t media_time, std::span<const std::uint8_t> picture);
    /// Asks the other end for a picture that needs no other, as soon as it may.
    void request_keyframe();

    // ---- what is known

    [[nodiscard]] State state() const;
    [[nodiscard]] std::optional<Fault> fault() const;
    [[nodiscard]] std::optional<Path> path() const;
    [[nodiscard]] std::optional<Security> security() const;
    [[nodiscard]] Stats stats() const;
    /// Of this end: "sha-256 4A:AD:…".
    [[nodiscard]] std::string fingerprint() const;
    /// By which the other end was signaled, the strongest hash first. Empty: it is not known yet.
    [[nodiscard]] std::vector<std::string> remote_fingerprints() const;

    /// Tells the other end, and ends. Messages that wait are lost: to be sure of one, have it answered first.
    void close();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace visavis
