// The lobby's numbers (docs/protocol.md). Each has a test at the limit and one past it.
#pragma once

#include "base/instant.h"
#include "base/rate.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vv::lobby {

using namespace std::chrono_literals;

/// `matched` and `joined` are answered within this time.
inline constexpr Duration kAnswerTime = 20s;
/// After a decline or a loss the other hears `not_met` between these, at random.
inline constexpr Duration kNotMetDelayMin = 1s;
inline constexpr Duration kNotMetDelayMax = 3s;
/// How long a session without a connection is kept.
inline constexpr Duration kResumeTime = 30s;
/// How long after a restart a call has one member alone. The other's page may need 28 s to find its connection dead,
/// and the first attempts after that may be lost as well.
inline constexpr Duration kHalfCallTime = 2min;
/// How long it is kept when it was in a call that both have accepted: a router that is off for minutes must not end
/// what the two would mend through the server afterwards. While they can, their pages ask them whether to wait.
inline constexpr Duration kCallResumeTime = 5min;
/// Only while no more than one in so many of the server's places for sessions is taken: past that they are for people
/// who come.
inline constexpr std::size_t kCallResumeOneInPlaces = 2;
/// `block` and `report` stay valid this long after a call has ended.
inline constexpr Duration kFormerCallTime = 10min;
/// Two who met, or failed to, are not matched again for this long.
inline constexpr Duration kPairCooldown = 5min;
/// For how long somebody who looked for someone is counted among those who were in the room lately.
inline constexpr Duration kLatelyTime = 1h;
/// Two seats of a private call of which one has declined the other are not joined again for this long.
inline constexpr Duration kSeatRefusalTime = 60s;

/// Of this many oldest who fit, the one with most topics in common is chosen.
inline constexpr std::size_t kCandidatesMax = 16;
/// Bodies, and bytes of bodies, kept for one direction of one call.
inline constexpr std::size_t kQueueBodiesMax = 64;
inline constexpr std::size_t kQueueBytesMax = 128 * 1024;
/// One direction may hold this part of the bytes still free on the server: receivers that never say what they have
/// shrink each other's share, and the last part is never theirs, so a new call can always start.
inline constexpr std::size_t kQueueShareOfFree = 64;
/// People waiting at one private link; one more is told `full`.
inline constexpr std::size_t kPrivateWaitersMax = 8;
/// What one session remembers of others. More meetings than this within the cooldown are beyond the rates below.
inline constexpr std::size_t kPastMax = 512;
inline constexpr std::size_t kBlockedMax = 1024;
/// The newest of those in each direction, which a resume token carries over a restart of the server.
inline constexpr std::size_t kBlockedInTokenMax = 32;
/// Rooms of which a session remembers when it last looked for someone there; one more and it may be counted twice.
inline constexpr std::size_t kLookedRoomsMax = 16;
/// Reports on their way to where they are kept; one more is not kept.
inline constexpr std::size_t kReportsPendingMax = 256;
/// Answers to reports that wait for a session to come back.
inline constexpr std::size_t kAnswersKeptMax = 16;
/// Sessions looked at in one go when it has changed who may look for someone.
inline constexpr std::size_t kRecheckSlice = 256;
/// Pairs of seats kept apart, over all private calls.
inline constexpr std::size_t kSeatRefusalsMax = 65536;

/// A /48 may have this many times the connections of a /64 (WebSockets: a /56 too). Providers give a customer anything
/// between; a /48 holds 65536 /64s and must not have as many times more. The same for TCP (net/connection_limits.h) and
/// WebSockets (prefix_limits.h): else a /48's WebSockets could take all of its TCP connections, and who comes then
/// would be told nothing.
inline constexpr std::size_t kWideBlockConnections = 4;

/// Of one session; whole address blocks have a multiple (prefix_limits.h).
inline constexpr Rate kMessageRate = per_second(20, 80);
inline constexpr Rate kByteRate = per_second(64 * 1024, 512 * 1024);
inline constexpr Rate kSeekRate = one_every(2s, 10);
inline constexpr Rate kSkipRate = one_every(5s, 10);
inline constexpr Rate kOpenRate = one_every(5s, 10);
inline constexpr Rate kReportRate = one_every(10min, 10);

} // namespace vv::lobby
