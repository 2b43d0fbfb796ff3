// The names of the IANA STUN registries (RFC 8489 §18.2 to §18.4 and the RFCs
// named beside each group): attribute types, methods, classes, error codes.
#pragma once

#include <cstdint>

namespace vv::stun {

enum class AttributeType : std::uint16_t {
    // RFC 8489 §14, the receiver must understand them (below 0x8000)
    kMappedAddress = 0x0001,
    kUsername = 0x0006,
    kMessageIntegrity = 0x0008,
    kErrorCode = 0x0009,
    kUnknownAttributes = 0x000A,
    kRealm = 0x0014,
    kNonce = 0x0015,
    kMessageIntegritySha256 = 0x001C,
    kPasswordAlgorithm = 0x001D,
    kUserhash = 0x001E,
    kXorMappedAddress = 0x0020,
    // RFC 8489 §14, the receiver may ignore them
    kPasswordAlgorithms = 0x8002,
    kAlternateDomain = 0x8003,
    kSoftware = 0x8022,
    kAlternateServer = 0x8023,
    kFingerprint = 0x8028,
    // RFC 8656 §18
    kChannelNumber = 0x000C,
    kLifetime = 0x000D,
    kXorPeerAddress = 0x0012,
    kData = 0x0013,
    kXorRelayedAddress = 0x0016,
    kRequestedAddressFamily = 0x0017,
    kEvenPort = 0x0018,
    kRequestedTransport = 0x0019,
    kDontFragment = 0x001A,
    kReservationToken = 0x0022,
    kAdditionalAddressFamily = 0x8000,
    kAddressErrorCode = 0x8001,
    kIcmp = 0x8004,
    // RFC 6062 §6.2
    kConnectionId = 0x002A,
    // RFC 5780 §7
    kChangeRequest = 0x0003,
    kPadding = 0x0026,
    kResponsePort = 0x0027,
    kResponseOrigin = 0x802B,
    kOtherAddress = 0x802C,
    // RFC 8445 §16.1
    kPriority = 0x0024,
    kUseCandidate = 0x0025,
    kIceControlled = 0x8029,
    kIceControlling = 0x802A,
};

/// RFC 8489 §14: who does not know such an attribute must not act on the message.
[[nodiscard]] constexpr bool is_comprehension_required(AttributeType type) {
    return static_cast<std::uint16_t>(type) < 0x8000;
}

enum class Method : std::uint16_t {
    kBinding = 0x001,
    kAllocate = 0x003,
    kRefresh = 0x004,
    kSend = 0x006,
    kData = 0x007,
    kCreatePermission = 0x008,
    kChannelBind = 0x009,
    kConnect = 0x00A,
    kConnectionBind = 0x00B,
    kConnectionAttempt = 0x00C,
};
inline constexpr std::uint16_t kMethodMax = 0xFFF;

enum class MessageClass : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

/// RFC 8489 §14.8, RFC 8656 §19, RFC 8445 §16.2.
enum class ErrorCode : std::uint16_t {
    kTryAlternate = 300,
    kBadRequest = 400,
    kUnauthenticated = 401,
    kForbidden = 403,
    kUnknownAttribute = 420,
    kAllocationMismatch = 437,
    kStaleNonce = 438,
    kAddressFamilyNotSupported = 440,
    kWrongCredentials = 441,
    kUnsupportedTransport = 442,
    kPeerAddressFamilyMismatch = 443,
    kAllocationQuotaReached = 486,
    kRoleConflict = 487,
    kServerError = 500,
    kInsufficientCapacity = 508,
};

} // namespace vv::stun
