// For tests: an address at which nobody listens.
#pragma once

#include "net/socket.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

namespace vv::net {

/// Held while this lives, so that no other test comes to listen there.
class SilentPort {
public:
    SilentPort() {
        const NativeAddress any(SocketAddress::parse("127.0.0.1:0").value());
        EXPECT_EQ(::bind(fd_.value(), any.pointer(), any.size), 0);
    }

    [[nodiscard]] SocketAddress address() const { return local_address(fd_.value()); }

private:
    const UniqueFd fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

} // namespace vv::net
