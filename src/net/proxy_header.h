// The PROXY protocol, version 2: a proxy in front that passes bytes on unread puts
// the client's real address before them, outside of TLS.
// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/socket_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::net {

/// Signature, version with command, family with protocol, and the length of what follows.
inline constexpr std::size_t kProxyFixedSize = 16;
/// Addresses and type-length-value fields together; proxies send some hundred bytes.
inline constexpr std::size_t kProxyRestMax = 2048;

struct ProxyHeader {
    struct Addresses {
        SocketAddress client;
        SocketAddress server; ///< where the client has connected to
    };
    /// Nothing: the proxy speaks for itself (LOCAL, a health check), or does not know.
    std::optional<Addresses> told;
};

enum class ProxyError : std::uint8_t {
    kNoSignature,
    kBadVersion, ///< not version 2, or an unknown command
    kBadFamily,  ///< not TCP over IPv4 or IPv6
    kTooShort,   ///< no room for the family's addresses
    kTooLong,    ///< over kProxyRestMax
};

/// Takes one header piece by piece. What follows it belongs to the connection, so no more than wanted() may be read.
class ProxyHeaderReader {
public:
    /// Bytes to read next at most; more than zero while the header is not complete.
    [[nodiscard]] std::size_t wanted() const;
    /// bytes: at most wanted(). Nothing: more are needed. A wrong byte is told as soon as it comes.
    [[nodiscard]] Result<std::optional<ProxyHeader>, ProxyError> handle_input(ByteView bytes);
    /// Nothing has come yet.
    [[nodiscard]] bool is_empty() const { return held_.empty(); }

private:
    [[nodiscard]] std::size_t rest_size() const;
    [[nodiscard]] Result<ProxyHeader, ProxyError> parse() const;

    ByteBuffer held_;
};

} // namespace vv::net
