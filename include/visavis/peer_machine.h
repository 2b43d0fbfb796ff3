// The same end of a call as PeerConnection, without sockets, clock, threads and randomness: for programs with a network
// of their own, simulations, and tests in which an hour takes a millisecond. It is told what comes and what time it is,
// and says what is to be sent, what has happened and when it wants to be called again.
//
//   after each call:  drain poll_event() and poll_transmit() by turns until both are empty, since each may make
//                     something for the other; then wait until poll_timeout() or a packet, whichever is first.
//
// Time is any that never goes back; the names of the clock's type are borrowed, nobody reads it. One machine is used by
// one thread at once. What is named as in peer_connection.h is documented there and does the same.
#pragma once

#include "visavis/address.h"
#include "visavis/certificate.h"
#include "visavis/event.h"
#include "visavis/peer_connection.h"
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
#include <variant>
#include <vector>

namespace visavis {

/// A socket or a relay of the driver's, by a number it has chosen.
enum class TransportId : std::uint32_t {};

struct Transmit {
    TransportId via{};
    Address to{};
    std::vector<std::uint8_t> packet{};
};
/// A candidate of the other end says a name of multicast DNS in place of an address; handle_resolved() answers.
struct NameToResolve {
    std::string name{};
};
using MachineEvent = std::variant<StateChanged, Candidate, NameToResolve, Path, Security, ChannelOpened, Message,
                                  ChannelLow, ChannelClosed, AudioFrame, VideoFrame, KeyframeWanted>;

struct MachineOptions {
    std::vector<Address> stun_servers{}; ///< the first four are asked
    /// Fills bytes with what nobody can guess. Nothing: the operating system does. It may not throw. DTLS's keys
    /// come from OpenSSL.
    std::function<void(std::span<std::uint8_t>)> random{};
    std::optional<Certificate> certificate{};
    std::chrono::milliseconds audio_delay{60};
};

class PeerMachine {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Throws std::invalid_argument for an audio_delay that is not between 0 and 10 s.
    explicit PeerMachine(Time now, const MachineOptions& options = {});
    PeerMachine(const PeerMachine&) = delete;
    PeerMachine& operator=(const PeerMachine&) = delete;
    ~PeerMachine();

    // ---- transports

    /// A UDP socket, with the address it is bound to. mdns_name: what is told in place of the address, which the driver
    /// answers for (RFC 8828 §5.2 has why); empty: the address itself. False: 16 are there, the id is taken, or nobody
    /// can be reached at the address. Preferred in the order of coming.
    bool add_socket(Time now, TransportId id, const Address& local, const std::string& mdns_name = {});
    /// An allocation at a TURN server (RFC 8656) over UDP. What is sent by it goes to the driver's client, which wraps
    /// it. mapped: this end as the server sees it, told beside the candidate; server: where it is.
    bool add_relay(Time now, TransportId id, const Address& relayed, const Address& mapped, const Address& server);
    /// It is gone.
    void remove_transport(Time now, TransportId id);
    /// No more will come: after that the last candidate, an empty line, is told.
    void finish_gathering(Time now);
    /// Nothing: there is no such name.
    void handle_resolved(Time now, std::string_view name, const std::optional<Address>& address);

    // ---- packets and time

    void handle_input(Time now, TransportId via, const Address& from, std::span<const std::uint8_t> packet);
    void handle_timeout(Time now);
    [[nodiscard]] std::optional<Transmit> poll_transmit();
    [[nodiscard]] std::optional<MachineEvent> poll_event();
    /// Nothing: it waits for packets and calls alone.
    [[nodiscard]] std::optional<Time> poll_timeout() const;

    // ---- as in peer_connection.h

    void want(MediaKind kind, std::optional<Direction> direction);
    void want_data();
    [[nodiscard]] Result<std::string> make_offer(Time now, IceRestart restart = IceRestart::kNo);
    [[nodiscard]] Result<void> take_offer(Time now, std::string_view sdp);
    [[nodiscard]] Result<std::string> make_answer(Time now);
    [[nodiscard]] Result<void> take_answer(Time now, std::string_view sdp);
    bool withdraw_offer(Time now);
    /// Complete once has_all_candidates().
    [[nodiscard]] std::string local_description() const;
    [[nodiscard]] bool has_all_candidates() const;
    bool add_remote_candidate(Time now, const Candidate& candidate);
    [[nodiscard]] std::optional<Direction> direction(MediaKind kind) const;
    [[nodiscard]] bool has_data() const;

    [[nodiscard]] Result<ChannelId> open_channel(Time now, const ChannelOptions& options);
    [[nodiscard]] Result<void> send(Time now, ChannelId id, std::span<const std::uint8_t> bytes);
    [[nodiscard]] Result<void> send(Time now, ChannelId id, std::string_view text);
    [[nodiscard]] std::size_t buffered(ChannelId id) const;
    void set_low_mark(ChannelId id, std::size_t bytes);
    void close_channel(Time now, ChannelId id);

    [[nodiscard]] Result<void> send_audio(Time now, std::uint32_t media_time, std::span<const std::uint8_t> packet);
    [[nodiscard]] Result<void> send_video(Time now, std::uint32_t media_time, std::span<const std::uint8_t> picture);
    void request_keyframe(Time now);

    [[nodiscard]] State state() const;
    [[nodiscard]] std::optional<Fault> fault() const;
    [[nodiscard]] std::optional<Path> path() const;
    [[nodiscard]] std::optional<Security> security() const;
    [[nodiscard]] Stats stats() const;
    [[nodiscard]] std::string fingerprint() const;
    [[nodiscard]] std::vector<std::string> remote_fingerprints() const;
    /// poll_transmit() still gives the goodbye.
    void close(Time now);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace visavis
