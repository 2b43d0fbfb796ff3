// One end of a reliable, ordered stream of bytes, enough of TCP (RFC 9293) to
// carry TURN and signaling through NATs that forget, links that lose and hosts
// that move: a handshake, cumulative acknowledgements, repeats that back off, an
// end, a reset. No congestion control; a window of fixed size stands in for it.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "sim/packet.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace vv::sim {

inline constexpr std::size_t kTcpSegmentMax = 1400;
/// Bytes on their way, and bytes held that came too early.
inline constexpr std::size_t kTcpWindow = std::size_t{256} * 1024;
/// Bytes that wait to be sent or acknowledged; past it nothing is taken.
inline constexpr std::size_t kTcpBufferMax = std::size_t{4} * 1024 * 1024;
/// Of one segment, before the end gives up: two minutes, as Linux has it, and some less on a measured path.
inline constexpr int kTcpOpeningsMax = 7;
inline constexpr int kTcpRepeatsMax = 10;

class TcpEnd {
public:
    enum class Role : std::uint8_t { kConnecting, kAccepting };
    enum class State : std::uint8_t { kOpening, kOpen, kClosed };
    struct Segment {
        TcpHeader header;
        ByteView payload; ///< until this end is called again
    };

    TcpEnd(Instant now, Role role);

    void handle_segment(Instant now, const TcpHeader& header, ByteView payload);
    void handle_timeout(Instant now);
    /// Takes all of it or nothing.
    [[nodiscard]] bool write(ByteView bytes);
    /// Once all that was written has gone.
    void close() { is_closing_ = true; }

    [[nodiscard]] std::optional<Segment> poll_segment(Instant now);
    [[nodiscard]] std::optional<Instant> poll_timeout() const;
    /// What has come, in order. Empty: nothing new.
    [[nodiscard]] ByteBuffer take_received();

    [[nodiscard]] Role role() const { return role_; }
    [[nodiscard]] State state() const { return state_; }
    /// The other end has said all it wanted to say, and it has been taken.
    [[nodiscard]] bool has_ended() const { return ended_at_ == received_ && received_bytes_.empty(); }
    /// By a reset, or because nothing came back for long.
    [[nodiscard]] bool was_broken() const { return was_broken_; }

private:
    [[nodiscard]] std::uint64_t written() const { return acknowledged_ + to_send_.size() - head_; }
    [[nodiscard]] std::optional<Segment> poll_opening(Instant now);
    [[nodiscard]] std::optional<Segment> poll_data(Instant now);
    [[nodiscard]] Segment make(std::uint64_t position, std::size_t size);
    void handle_syn(Instant now);
    void handle_acknowledged(Instant now, std::uint64_t acknowledged, bool is_bare);
    void take_measure(Instant now, std::uint64_t acknowledged);
    void handle_payload(std::uint64_t position, ByteView payload);
    void take_fresh(std::uint64_t position, ByteView payload);
    void arm(Instant now);
    void open(Instant now);
    void break_off();

    Role role_;
    State state_ = State::kOpening;
    bool was_broken_ = false;
    bool is_closing_ = false;

    // what goes out
    ByteBuffer to_send_;
    std::size_t head_ = 0; // in to_send_: the first byte that is not acknowledged
    std::uint64_t acknowledged_ = 0;
    std::uint64_t next_ = 0; // position of what has not been sent, or is to be sent again
    bool fin_sent_ = false;
    bool fin_acknowledged_ = false;
    bool opening_due_ = false;
    bool ack_due_ = false;
    bool repeat_due_ = false;
    bool reset_due_ = false;
    int duplicates_ = 0;
    int repeats_ = 0;
    std::optional<Instant> deadline_;
    Duration measured_rto_ = std::chrono::seconds(1);
    Duration rto_ = measured_rto_; // doubled with each repeat until something is acknowledged
    std::optional<Instant> timed_since_;
    std::uint64_t timed_end_ = 0;

    // what comes in
    std::uint64_t received_ = 0;
    ByteBuffer received_bytes_;
    std::map<std::uint64_t, ByteBuffer> early_;
    std::size_t early_bytes_ = 0;
    std::optional<std::uint64_t> ended_at_;
};

} // namespace vv::sim
