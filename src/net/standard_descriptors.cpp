#include "net/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

namespace vv::net {

void open_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR); // the lowest that is free, which is this one
    }
}

} // namespace vv::net
