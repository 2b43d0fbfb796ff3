// The types of messages of the signaling protocol, and the count of them that a
// session may ask for at any time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vv::lobby {

/// What a page may send, in the order of kClientTypeNames.
enum class ClientType : std::uint8_t {
    kHello,
    kSeek,
    kUnseek,
    kAccept,
    kDecline,
    kOpen,
    kRelay,
    kServers,
    kLeave,
    kBlock,
    kReport,
    kProbe,
    kLedger,
    kPing,
};
inline constexpr std::array<std::string_view, 14> kClientTypeNames = {
    "hello",   "seek",  "unseek", "accept", "decline", "open",   "relay",
    "servers", "leave", "block",  "report", "probe",   "ledger", "ping",
};

/// What the server sends, in the order of kServerTypeNames.
enum class ServerType : std::uint8_t {
    kChallenge,
    kWelcome,
    kWaiting,
    kMatched,
    kAccepted,
    kJoined,
    kFull,
    kAck,
    kRelay,
    kServers,
    kLeft,
    kBack,
    kNoted,
    kToken,
    kProbe,
    kLedger,
    kPong,
    kRooms,
    kError,
};
inline constexpr std::array<std::string_view, 19> kServerTypeNames = {
    "challenge", "welcome", "waiting", "matched", "accepted", "joined", "full", "ack",   "relay", "servers",
    "left",      "back",    "noted",   "token",   "probe",    "ledger", "pong", "rooms", "error",
};

[[nodiscard]] constexpr std::string_view name_of(ClientType type) {
    return kClientTypeNames[static_cast<std::size_t>(type)];
}
[[nodiscard]] constexpr std::string_view name_of(ServerType type) {
    return kServerTypeNames[static_cast<std::size_t>(type)];
}

/// Messages and bytes of one session. "In" is what the server received, refused messages included.
struct Ledger {
    std::array<std::uint32_t, kClientTypeNames.size()> in{};
    std::array<std::uint32_t, kServerTypeNames.size()> out{};
    std::uint32_t unreadable_in = 0; // no type could be read
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;

    void count_in(std::optional<ClientType> type, std::size_t bytes) {
        type ? ++in[static_cast<std::size_t>(*type)] : ++unreadable_in;
        bytes_in += bytes;
    }
    void count_out(ServerType type, std::size_t bytes) {
        ++out[static_cast<std::size_t>(type)];
        bytes_out += bytes;
    }
    /// Adds what an earlier connection of the same session has counted.
    void add(const Ledger& other) {
        for (std::size_t i = 0; i < in.size(); ++i)
            in[i] += other.in[i];
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] += other.out[i];
        unreadable_in += other.unreadable_in;
        bytes_in += other.bytes_in;
        bytes_out += other.bytes_out;
    }

    friend bool operator==(const Ledger&, const Ledger&) = default;
};

} // namespace vv::lobby
