#include "net/resources.h"

#include <array>
#include <sys/resource.h>
#include <unistd.h>

namespace vv::net {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE,
                      &limit); // refused: the limit that was there stays, and accepting says so when it is reached
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

} // namespace vv::net
