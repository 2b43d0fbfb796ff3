// Names of things in the lobby, each its own type: mixing two does not compile.
#pragma once

#include "base/bytes.h"
#include "base/tagged.h"

#include <array>
#include <compare>
#include <cstdint>

namespace vv::lobby {

using Bytes8 = std::array<std::uint8_t, 8>;
using Bytes16 = std::array<std::uint8_t, 16>;

/// The driver's name for a connection (shard, slot, generation); opaque here, never reused, never zero.
using ConnectionId = Tagged<std::uint64_t, struct ConnectionIdTag>;

/// A number of the node that made it and 16 random bytes; written "NODE.RANDOM".
template <typename Tag>
struct NodeId {
    std::uint32_t node = 0;
    Bytes16 random{};

    friend bool operator==(const NodeId&, const NodeId&) = default;
    friend auto operator<=>(const NodeId&, const NodeId&) = default;
};
using SessionId = NodeId<struct SessionIdTag>;
using CallId = NodeId<struct CallIdTag>;

/// One life of the server.
using Epoch = Tagged<Bytes8, struct EpochTag>;
/// Position in the configured list of rooms, and in that of topics.
using RoomIndex = Tagged<std::uint16_t, struct RoomIndexTag>;
/// One bit for each configured topic.
using TopicSet = Tagged<std::uint32_t, struct TopicSetTag>;
/// A digest of what both holders of a private link derive from its key (signal/client_message.cpp).
using PrivateId = Tagged<Bytes16, struct PrivateIdTag>;
/// One participant of one private call, across reloads of the page.
using SeatId = Tagged<Bytes16, struct SeatIdTag>;

/// By what somebody else is known again: parts of the random names of a session and of a device.
struct PersonKey {
    std::uint64_t session = 0;
    std::uint64_t device = 0; // 0: not known

    friend bool operator==(const PersonKey&, const PersonKey&) = default;
};

inline constexpr std::size_t kRoomsMax = 256;
inline constexpr std::size_t kTopicsMax = 32;

} // namespace vv::lobby
