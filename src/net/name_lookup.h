// The addresses of a name, found on a thread of its own: the system's resolver may
// take half a minute where nobody answers it, and cannot be interrupted.
#pragma once

#include "base/socket_address.h"
#include "net/unique_fd.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vv::net {

/// By the system's resolver, for UDP, in its order (RFC 6724); none: it has found none. Blocks.
[[nodiscard]] std::vector<SocketAddress> resolve(const std::string& host, std::uint16_t port);

class NameLookup {
public:
    /// Blocks for as long as it takes. Called on threads that may outlive everything but what it holds itself.
    using Resolve = std::function<std::vector<SocketAddress>(const std::string& host, std::uint16_t port)>;

    /// wake: an eventfd that is written to when there is an answer.
    NameLookup(std::string host, std::uint16_t port, std::shared_ptr<const UniqueFd> wake, Resolve resolve);
    NameLookup(const NameLookup&) = delete;
    NameLookup& operator=(const NameLookup&) = delete;
    /// Does not wait: a lookup that is under way ends by itself, and nobody hears of it.
    ~NameLookup() = default;

    /// Unless a lookup is under way already. Where no thread can be had, the answer is that nothing was found.
    void begin();
    /// The answer, once; empty: nothing was found.
    [[nodiscard]] std::optional<std::vector<SocketAddress>> take();

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace vv::net
