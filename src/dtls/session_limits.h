// What a DTLS session bounds.
#pragma once

#include "base/instant.h"

#include <chrono>
#include <cstddef>

namespace vv::dtls {

/// Of a datagram's payload. The first fits IPv6's smallest link (RFC 8200 §5) with 32 bytes to spare, which a TURN
/// relay needs. The fallback is for tunnels that take less and do not say so.
inline constexpr std::size_t kMtuDefault = 1200;
inline constexpr std::size_t kMtuFallback = 512;
inline constexpr std::size_t kMtuMin = 256;
inline constexpr std::size_t kMtuMax = 2048;
/// A flight that has been sent again so often in vain is sent in smaller pieces from then on.
inline constexpr unsigned kRetransmissionsBeforeFallback = 2;

/// Header, explicit nonce and tag of AES-GCM (RFC 5288 §3), the longest of our ciphers.
inline constexpr std::size_t kRecordOverhead = 13 + 8 + 16;

/// Of a datagram that is looked at: a record of the largest size that DTLS has, which nobody sends over UDP.
inline constexpr std::size_t kDatagramSizeMax = 16'384;
/// What came before start(): a ClientHello of two datagrams, and three times again.
inline constexpr std::size_t kEarlyDatagramsMax = 8;
inline constexpr std::size_t kEarlyDatagramSizeMax = 2'048;
/// Application data that waits to be fetched. What comes when it is full is lost, as it may be on any network.
inline constexpr std::size_t kReceivedMax = 1'024;
inline constexpr std::size_t kReceivedSizeMax = 262'144;
/// The partner's chain.
inline constexpr std::size_t kPartnerCertificatesSizeMax = 16'384;

/// From start() to the keys. A partner that always says something never lets a flight's retransmissions run out.
inline constexpr Duration kHandshakeTimeMax = std::chrono::seconds(60);

} // namespace vv::dtls
