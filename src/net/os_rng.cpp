#include "net/os_rng.h"

#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace vv::net {

void OsRng::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t count = ::getrandom(out.data(), out.size(), 0);
        if (count < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        out = out.subspan(static_cast<std::size_t>(count));
    }
}

} // namespace vv::net
