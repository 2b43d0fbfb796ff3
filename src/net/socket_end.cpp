#include "net/socket_end.h"

#include "net/openssl_ptr.h"

#include <openssl/bio.h>

#include <cerrno>
#include <memory>
#include <new>
#include <sys/socket.h>

namespace vv::net {
namespace {

using BioMethodPtr = std::unique_ptr<BIO_METHOD, crypto::FreeWith<BIO_meth_free>>;

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

SocketEnd& socket_of(BIO* bio) {
    return *static_cast<SocketEnd*>(BIO_get_data(bio));
}

// As OpenSSL's own sockets do: 1, 0 for the end, else -1 with the flags that tell why.
int tell(BIO* bio, const IoResult& result, std::size_t* moved) {
    BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_IN_EOF);
    *moved = result.size;
    if (result.status == IoStatus::kWantRead) BIO_set_retry_read(bio);
    if (result.status == IoStatus::kWantWrite) BIO_set_retry_write(bio);
    if (result.status == IoStatus::kEnd) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (result.status == IoStatus::kDone) return 1;
    return result.status == IoStatus::kEnd ? 0 : -1;
}

int read_bio(BIO* bio, char* into, std::size_t size, std::size_t* moved) {
    return tell(bio, socket_of(bio).read({reinterpret_cast<std::uint8_t*>(into), size}), moved);
}

int write_bio(BIO* bio, const char* bytes, std::size_t size, std::size_t* moved) {
    return tell(bio, socket_of(bio).write(as_bytes({bytes, size})), moved);
}

long control_bio(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1; // nothing is held back
    case BIO_CTRL_EOF:
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
        return 0;
    }
}

BioMethodPtr make_method() {
    BioMethodPtr method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
    if (!method || BIO_meth_set_read_ex(method.get(), read_bio) != 1 ||
        BIO_meth_set_write_ex(method.get(), write_bio) != 1 || BIO_meth_set_ctrl(method.get(), control_bio) != 1) {
        throw std::bad_alloc();
    }
    return method;
}

} // namespace

IoResult SocketEnd::read(std::span<std::uint8_t> into) {
    was_empty_ = is_empty_;
    if (is_empty_) return {IoStatus::kWantRead};
    ssize_t size = 0;
    do {
        size = ::recv(fd(), into.data(), into.size(), 0);
    } while (size < 0 && errno == EINTR);
    if (size > 0) {
        const auto read = static_cast<std::size_t>(size);
        is_empty_ = uses_edges_ && read < into.size();
        return {IoStatus::kDone, read};
    }
    if (size == 0) return {IoStatus::kEnd};
    was_empty_ = would_block();
    is_empty_ = uses_edges_ && was_empty_;
    return {was_empty_ ? IoStatus::kWantRead : IoStatus::kFailed};
}

IoResult SocketEnd::write(ByteView bytes) const {
    ssize_t size = 0;
    do {
        size = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size >= 0) return {IoStatus::kDone, static_cast<std::size_t>(size)};
    return {would_block() ? IoStatus::kWantWrite : IoStatus::kFailed};
}

BIO* make_socket_bio(SocketEnd& socket) {
    static const BioMethodPtr kMethod = make_method();
    BIO* bio = BIO_new(kMethod.get());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &socket);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace vv::net
