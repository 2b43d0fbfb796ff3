// A connection whose first bytes were those of TURN, on its way from the
// listener's side, which also speaks HTTP, to the relay of its shard.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/socket_address.h"
#include "net/connection_limits.h"
#include "net/stream.h"

namespace vv::net {

struct OpenedStream {
    Stream stream;
    SocketAddress server; ///< where the client has connected to
    SocketAddress client;
    ConnectionLimits::Seat seat;
    ByteBuffer opening; ///< what has been read of it
    /// A whole message must have come until then.
    Instant first_message_by;
};

/// Called on the connection's thread.
class StreamTaker {
public:
    StreamTaker() = default;
    StreamTaker(const StreamTaker&) = delete;
    StreamTaker& operator=(const StreamTaker&) = delete;
    virtual void take_stream(OpenedStream opened) = 0;

protected:
    ~StreamTaker() = default;
};

} // namespace vv::net
