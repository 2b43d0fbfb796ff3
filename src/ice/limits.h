// Every table of the agent has an end. A peer, who may be anybody, can fill them and no more.
#pragma once

#include <cstddef>

namespace vv::ice {

/// Transports of this end: sockets, and relayed addresses at TURN servers.
inline constexpr std::size_t kTransportsMax = 16;
inline constexpr std::size_t kStunServersMax = 4;
/// Candidates of this end in one generation; one that is found past it is not told.
inline constexpr std::size_t kLocalCandidatesMax = 32;
/// Candidates of the other end in one generation, trickled ones and those its checks come from together.
inline constexpr std::size_t kRemoteCandidatesMax = 64;
/// Of these, the ones that only checks have shown: by one transport, and by all. Two NATs that take another port for
/// each destination and let everybody in show each other new ones for ever; relays still need room then.
inline constexpr std::size_t kPeerReflexiveMax = 16;
inline constexpr std::size_t kPeerReflexiveInAllMax = 32;
/// Of these, names: each has somebody ask the network he is in.
inline constexpr std::size_t kRemoteNamesMax = 16;
/// RFC 8445 §6.1.2.5 has 100 as the default.
inline constexpr std::size_t kPairsMax = 100;
/// Checks on their way at one time; consent is asked for beside them.
inline constexpr std::size_t kChecksMax = 64;
/// Answers nobody has fetched yet; a further one is not written, and the peer asks again.
inline constexpr std::size_t kAnswersMax = 32;
/// Packets that came before their pair was valid: two flights of a DTLS handshake.
inline constexpr std::size_t kUnvalidatedPacketsMax = 16;
inline constexpr std::size_t kUnvalidatedBytesMax = 24 * 1024;
/// Longest candidate line that is read.
inline constexpr std::size_t kCandidateSizeMax = 512;
/// RFC 8839 §5.4: ufrag and password are at most this long.
inline constexpr std::size_t kCredentialSizeMax = 256;

} // namespace vv::ice
