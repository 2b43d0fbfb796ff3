// What comes in from a socket and what goes out to one, for the machines that
// speak datagrams.
#pragma once

#include "base/bytes.h"
#include "base/socket_address.h"

namespace vv {

/// A received datagram; the bytes belong to the caller and live for the call only.
struct Datagram {
    SocketAddress local;
    SocketAddress remote;
    ByteView payload;
};

/// A datagram to be sent; owns its bytes.
struct Transmit {
    SocketAddress local;
    SocketAddress remote;
    ByteBuffer payload;
};

} // namespace vv
