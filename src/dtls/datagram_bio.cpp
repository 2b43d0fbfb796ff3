#include "dtls/datagram_bio.h"

#include "base/assert.h"
#include "dtls/openssl_clock.h"

#include <algorithm>

namespace vv::dtls {
namespace {

DatagramPort& port_of(BIO* bio) {
    return *static_cast<DatagramPort*>(BIO_get_data(bio));
}

int read_datagram(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    DatagramPort& port = port_of(bio);
    if (port.in.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    // As from a socket: what does not fit is gone.
    const std::size_t taken = std::min(port.in.size(), static_cast<std::size_t>(std::max(size, 0)));
    std::ranges::copy(port.in.first(taken), out);
    port.in = {};
    return static_cast<int>(taken);
}

int write_datagram(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    DatagramPort& port = port_of(bio);
    if (size <= 0) return 0;
    port.largest = std::max(port.largest, static_cast<std::size_t>(size));
    if (port.out.size() >= kTransmitQueueMax) {
        ++port.overflowed;
    } else {
        port.out.emplace_back(bytes, bytes + size);
    }
    return size;
}

long control(BIO* bio, int command, long /*number*/, void* pointer) {
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        port_of(bio).timer = openssl_time(pointer);
        return 1;
    // All else is not there: nothing waits in it, no overhead is added to a datagram, and it has no opinion of the MTU.
    default:
        return 0;
    }
}

BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory");
    VV_ASSERT(method != nullptr);
    VV_ASSERT(BIO_meth_set_read(method, read_datagram) == 1 && BIO_meth_set_write(method, write_datagram) == 1 &&
              BIO_meth_set_ctrl(method, control) == 1);
    return method;
}

} // namespace

BIO* make_datagram_bio(DatagramPort& port) {
    static BIO_METHOD* const kMethod = make_method();
    BIO* bio = BIO_new(kMethod);
    VV_ASSERT(bio != nullptr);
    BIO_set_data(bio, &port);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace vv::dtls
