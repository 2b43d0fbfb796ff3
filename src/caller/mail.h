// The bodies of one call: what this end has sent and the server has not yet confirmed,
// and what has come in (docs/protocol.md, In a call).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::caller {

/// A sender keeps this many bodies for sending again.
inline constexpr std::size_t kBodiesKept = 64;
/// After so many bodies the server is told what it can forget.
inline constexpr std::uint32_t kTellHaveEvery = 16;

struct Letter {
    std::uint64_t id = 0;
    std::string body;

    friend bool operator==(const Letter&, const Letter&) = default;
};

/// What goes out: numbered from 1, kept until it can no longer be asked for again, sent again unchanged and in order.
class Outbox {
public:
    Letter add(std::string body);
    /// Of those the server has, the last few are kept for a new life of it.
    void handle_ack(std::uint64_t id);
    /// On the same life of the server what it has not confirmed, on a new one everything kept.
    [[nodiscard]] std::vector<Letter> to_resend(bool is_new_epoch);

private:
    struct Kept {
        Letter letter;
        bool is_acked = false;
    };
    std::deque<Kept> kept_;
    std::size_t acked_ = 0; // of those kept
    std::uint64_t last_ = 0;
};

/// How far one direction of a call has come in one life of the server.
struct HaveMark {
    std::string epoch;
    std::uint64_t sequence = 0;

    friend bool operator==(const HaveMark&, const HaveMark&) = default;
};

/// What comes in: each body once and in order, whatever is sent again.
class Inbox {
public:
    enum class Incoming : std::uint8_t {
        kNew,
        kDuplicate,
        kGap,   ///< something before it is missing
        kStale, ///< of another life of the server than this connection's
    };

    /// The partner's intro has come: from here on there is something to have.
    void handle_accepted(std::string_view epoch);
    /// own_epoch: the life of the server that this connection belongs to.
    [[nodiscard]] Incoming handle_relay(std::string_view epoch, std::uint64_t sequence, std::uint64_t id,
                                        std::string_view own_epoch);
    /// What the server need not keep for this end any more.
    [[nodiscard]] std::optional<HaveMark> have() const;
    /// True once for every so many bodies.
    [[nodiscard]] bool is_time_to_tell();

private:
    std::string epoch_;
    std::uint64_t sequence_ = 0;
    std::uint64_t last_id_ = 0;
    std::uint32_t untold_ = 0;
};

/// Both, of the call that is up.
struct CallMail {
    std::string call;
    Outbox out{};
    Inbox in{};
    bool is_held = false;   // nothing goes out for now
    bool sends_all = false; // everything kept is to be sent again, to a new life of the server
};

} // namespace vv::caller
