// A whole call without a page: joins a person's end of the signaling (caller/client.h)
// to the connection itself (peer/connection.h), and does between the two what a page
// does (docs/protocol.md): rounds of offers and answers, candidates, restarts of ICE,
// the control channel, chat, the safety code. Against a page, or another of its kind.
//
//   server ── caller::Client ──┐                        ┌── peer::PeerConnection ── partner
//                              └── Call ── the owner ───┘
//
// No socket and no clock. The driver (net/call_host.h) owns client and connection: it
// hands in what they tell, does what poll_command() says, tells the owner what
// poll_event() has, and after each call drains all of these, client and connection
// included, until nothing is left.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"
#include "call/event.h"
#include "call/options.h"
#include "call/report.h"
#include "caller/client.h"
#include "peer/connection.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace vv::call {

class Call {
public:
    /// client and rng (cryptographic) outlive it.
    Call(Options options, caller::Client& client, Rng& rng);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

    // ---- the owner

    /// Once: greets the server and looks for somebody.
    void start(Instant now);
    /// Answers Met.
    void accept(Instant now);
    void decline(Instant now);
    /// On to somebody else in the same place; also after Ended.
    void next(Instant now);
    /// Leaves the partner and the server, and tells both: Ended and Over follow, and what is to be sent leaves before
    /// the driver is done.
    void leave(Instant now);
    /// After a sign that the network is another: server and partner are asked at once, and what is broken is mended.
    void handle_network_changed(Instant now);

    [[nodiscard]] Result<void, ChatError> chat(Instant now, std::string_view text);
    /// As peer::PeerConnection has them: also while nothing comes, for as long as there is a path. What the partner
    /// does not want is held back and reads as sent.
    [[nodiscard]] Result<void, peer::MediaError> send_audio(Instant now, std::uint32_t media_time, ByteView packet);
    [[nodiscard]] Result<void, peer::MediaError> send_video(Instant now, std::uint32_t media_time, ByteView picture);
    void request_keyframe(Instant now);
    /// Two people have compared the code. If it is not the same somebody stands in between, and the call ends as
    /// kFingerprint.
    void confirm_code(Instant now, bool is_same);

    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] Report report() const;
    [[nodiscard]] bool is_connected() const;
    /// By the options or by the server's word.
    [[nodiscard]] bool is_relay_only() const;

    // ---- the driver

    void handle_client(Instant now, caller::ClientEvent event);
    /// What MakeConnection asked for: a fresh connection with this certificate; it stays until the next one, or until
    /// DropConnection.
    void attach(Instant now, peer::PeerConnection& connection, const dtls::Certificate& certificate);
    /// Each event of the connection that is attached but NameToResolve, which is the driver's own.
    void handle_peer(Instant now, peer::Event event);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Command> poll_command();
    [[nodiscard]] std::optional<Instant> poll_timeout() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vv::call
