// The place where OpenSSL reads and writes datagrams (its own memory BIO joins
// what is written twice): one datagram in at a time, a bounded queue out. Each
// read takes a whole datagram and each write makes one. It also hears when
// OpenSSL would set its timer, and how large a datagram may be.
#pragma once

#include "base/bytes.h"

#include <openssl/bio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace vv::dtls {

/// Datagrams that wait to be fetched. A flight has five at most; what is written past this is lost as on a network.
inline constexpr std::size_t kTransmitQueueMax = 64;

struct DatagramPort {
    /// The next to be read; empty once it has been.
    ByteView in;
    std::deque<ByteBuffer> out;
    std::uint64_t overflowed = 0;
    /// Of the datagrams written since this was reset, the size of the largest.
    std::size_t largest = 0;
    /// The last that OpenSSL said of its timer since this was reset: when it ends by the clock it hears, zero for
    /// never.
    std::optional<std::chrono::microseconds> timer;
};

/// port outlives it. Owned by who calls, as everything of OpenSSL's.
[[nodiscard]] BIO* make_datagram_bio(DatagramPort& port);

} // namespace vv::dtls
