#include "net/udp_send_queue.h"

#include "base/assert.h"
#include "net/clock.h"
#include "net/socket.h"
#include "net/udp_control.h"
#include "net/udp_ring.h"
#include "net/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace vv::net {
namespace {

constexpr std::size_t kPartsMax = 2048;
constexpr std::size_t kPartsOfOne = 3; // header, payload, zeros
constexpr std::size_t kHeaderBytes = std::size_t{64} * 1024;
/// UDP over IPv4 carries 65 507 bytes; what is cut needs no more than this at once.
constexpr std::size_t kCutMax = 64'000;
constexpr std::size_t kZerosMax = 3;
constexpr std::array<std::uint8_t, kZerosMax> kZeros{};

/// In which the ring remembers what may have to be sent again. Powers of two.
constexpr std::size_t kSocketSlots = 4096;
constexpr std::size_t kRemoteSlots = 1024;

iovec part_of(ByteView bytes) {
    // sendmsg takes pointers to non-const and does not write through them.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): its signature leaves no other way
    return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

} // namespace

struct UdpSendQueue::Message {
    int socket = -1;
    bool reports_errors = false;
    IpAddress local;
    SocketAddress remote;
    std::size_t first_part = 0;
    std::size_t parts = 0;
    std::size_t parts_of_one = 0;
    std::size_t segment_size = 0; // of all datagrams but the last, which may be shorter
    std::size_t last_size = 0;
    std::size_t datagrams = 0;

    [[nodiscard]] std::size_t size() const { return segment_size * (datagrams - 1) + last_size; }
    [[nodiscard]] bool is_cut() const { return datagrams > 1; }
    // The kernel may refuse it for a reason that does not keep it from being sent a moment later.
    [[nodiscard]] bool may_be_repeated() const { return is_cut() || reports_errors; }
    // The same for all from one socket to one place, and seldom for others.
    [[nodiscard]] std::size_t flow_slot() const {
        if (reports_errors) return static_cast<std::size_t>(socket) % kSocketSlots; // one allocation's
        const std::size_t mixed = remote.port + std::size_t{remote.ip.bytes().back()} * 67;
        return kSocketSlots + mixed % kRemoteSlots;
    }
};

struct UdpSendQueue::Storage {
    std::size_t count = 0;
    std::size_t parts_used = 0;
    std::size_t header_bytes_used = 0;
    std::array<Message, kMessagesMax> messages{};
    std::array<iovec, kPartsMax> parts{};
    std::array<std::uint8_t, kHeaderBytes> headers{};
    std::array<mmsghdr, kMessagesMax> native{};
    std::array<NativeAddress, kMessagesMax> addresses{};
    std::array<UdpSendControl, kMessagesMax> controls{};
    std::uint32_t submission = 0;
    std::array<std::uint32_t, kSocketSlots + kRemoteSlots> repeatable_in{}; // by flow: the last such submission
};

UdpSendQueue::UdpSendQueue(UdpRing* ring, std::size_t few_runs)
    : ring_(ring),
      few_runs_(few_runs),
      storage_(std::make_unique<Storage>()) {}
UdpSendQueue::~UdpSendQueue() = default;

bool UdpSendQueue::is_empty() const {
    return storage_->count == 0;
}

std::size_t UdpSendQueue::take_lost() {
    return std::exchange(lost_, 0);
}

void UdpSendQueue::add(const Datagram& datagram) {
    VV_ASSERT(datagram.header.size() <= kHeaderMax && datagram.zeros <= kZerosMax);
    auto& storage = *storage_;
    if (storage.parts_used + kPartsOfOne > kPartsMax ||
        storage.header_bytes_used + datagram.header.size() + kHeaderMax > kHeaderBytes) {
        flush();
    }
    const std::size_t size = datagram.header.size() + datagram.payload.size() + datagram.zeros;
    if (!append_to_last(datagram, size)) add_message(datagram, size);
    if (datagram.payload_passes && datagram.payload.size() > kHeaderMax) flush();
}

void UdpSendQueue::add_message(const Datagram& datagram, std::size_t size) {
    auto& storage = *storage_;
    if (storage.count == kMessagesMax) flush();
    Message& message = storage.messages.at(storage.count++);
    message = {};
    message.socket = datagram.socket.fd();
    message.reports_errors = datagram.socket.reports_errors();
    message.local = datagram.local;
    message.remote = datagram.remote;
    message.first_part = storage.parts_used;
    message.segment_size = size;
    add_parts(message, datagram, size);
    message.parts_of_one = message.parts;
}

bool UdpSendQueue::append_to_last(const Datagram& datagram, std::size_t size) {
    auto& storage = *storage_;
    if (storage.count == 0 || !segmentation_.holds()) return false;
    Message& last = storage.messages.at(storage.count - 1);
    const std::size_t parts = std::size_t{!datagram.header.empty()} + std::size_t{!datagram.payload.empty()} +
                              std::size_t{datagram.zeros > 0};
    const bool fits = size > 0 && size <= last.segment_size && last.last_size == last.segment_size &&
                      last.segment_size <= kSegmentSizeMax && last.datagrams < kSegmentsMax &&
                      last.size() + size <= kCutMax && parts == last.parts_of_one;
    if (!fits || last.socket != datagram.socket.fd() || last.remote != datagram.remote ||
        last.local != datagram.local) {
        return false;
    }
    add_parts(last, datagram, size);
    return true;
}

void UdpSendQueue::add_parts(Message& message, const Datagram& datagram, std::size_t size) {
    auto& storage = *storage_;
    const auto add = [&](ByteView bytes) {
        if (bytes.empty()) return;
        storage.parts.at(storage.parts_used++) = part_of(bytes);
        ++message.parts;
    };
    const auto copied = [&](ByteView bytes) {
        const auto place = std::span(storage.headers).subspan(storage.header_bytes_used, bytes.size());
        std::ranges::copy(bytes, place.begin());
        storage.header_bytes_used += bytes.size();
        return ByteView(place);
    };
    add(copied(datagram.header));
    const bool is_copied = datagram.payload_passes && datagram.payload.size() <= kHeaderMax;
    add(is_copied ? copied(datagram.payload) : datagram.payload);
    add(ByteView(kZeros).first(datagram.zeros));
    message.last_size = size;
    ++message.datagrams;
}

void UdpSendQueue::flush() {
    auto& storage = *storage_;
    if (storage.count == 0) return;
    cut_ = 0;
    cut_refused_ = 0;
    if (ring_ != nullptr && !is_few_runs()) {
        send_by_ring();
    } else {
        send_by_runs();
    }
    // The time is only asked for where it matters.
    segmentation_.note(cut_refused_ > 0 ? monotonic_now() : Instant(), cut_, cut_refused_);
    if (!segmentation_.holds()) segmentation_.look_again(monotonic_now());
    storage.count = 0;
    storage.parts_used = 0;
    storage.header_bytes_used = 0;
}

void UdpSendQueue::prepare(std::size_t index) {
    auto& storage = *storage_;
    const Message& message = storage.messages[index];
    storage.addresses[index] = NativeAddress(message.remote);
    msghdr& native = storage.native[index].msg_hdr;
    native = {};
    native.msg_name = storage.addresses[index].pointer();
    native.msg_namelen = storage.addresses[index].size;
    native.msg_iov = &storage.parts[message.first_part];
    native.msg_iovlen = message.parts;
    storage.controls[index].write(native, message.local, message.remote.ip.family(),
                                  message.is_cut() ? message.segment_size : 0);
    if (message.is_cut()) ++cut_;
}

// The ring says what it could not send when all the rest has left. So that nothing is sent again behind what followed
// it, no flow has a datagram behind one that may be repeated within one submission.
void UdpSendQueue::send_by_ring() {
    auto& storage = *storage_;
    ++storage.submission;
    for (std::size_t i = 0; i < storage.count; ++i) {
        const Message& message = storage.messages[i];
        std::uint32_t& repeatable_in = storage.repeatable_in[message.flow_slot()];
        if (repeatable_in == storage.submission) submit();
        if (message.may_be_repeated()) repeatable_in = storage.submission;
        prepare(i);
        ring_->send(message.socket, storage.native[i].msg_hdr, i);
    }
    submit();
}

bool UdpSendQueue::is_few_runs() const {
    const auto& storage = *storage_;
    std::size_t runs = 1;
    for (std::size_t i = 1; i < storage.count && runs <= few_runs_; ++i)
        runs += std::size_t{storage.messages[i].socket != storage.messages[i - 1].socket};
    return runs <= few_runs_;
}

void UdpSendQueue::send_by_runs() {
    auto& storage = *storage_;
    for (std::size_t first = 0; first < storage.count;) {
        std::size_t end = first + 1;
        while (end < storage.count && storage.messages[end].socket == storage.messages[first].socket)
            ++end;
        send_run(first, end);
        first = end;
    }
}

void UdpSendQueue::submit() {
    ring_->submit([this](std::size_t index, int error) { handle_refused(storage_->messages.at(index), error); });
    ++storage_->submission;
}

void UdpSendQueue::send_run(std::size_t first, std::size_t end) {
    auto& storage = *storage_;
    for (std::size_t i = first; i < end; ++i)
        prepare(i);
    while (first < end) {
        const int sent = ::sendmmsg(storage.messages[first].socket, &storage.native[first],
                                    static_cast<unsigned>(end - first), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            first += static_cast<std::size_t>(sent);
        } else {
            // The first of them is the one the kernel refuses; those behind it have not been looked at.
            handle_refused(storage.messages[first++], errno);
        }
    }
}

void UdpSendQueue::handle_refused(const Message& message, int error) {
    const bool is_uncuttable = message.is_cut() && (error == EINVAL || error == EIO);
    // One datagram is larger than the path takes, and as such may be fragmented.
    const bool is_too_large = message.is_cut() && error == EMSGSIZE;
    // The error of an earlier packet, which may have gone to somebody else; this failure has cleared it.
    const bool is_of_another = message.reports_errors && !is_want_of_room(error);
    // On a path that takes less than a segment some kernels say EINVAL, and it is the peer who chooses its path.
    const bool is_for_its_size = error == EINVAL && message.segment_size > kSegmentFitsAlways;
    if (is_uncuttable && !is_for_its_size) {
        ++cut_refused_;
    } else if (message.is_cut()) {
        --cut_; // says nothing about cutting
    }
    if (is_uncuttable || is_too_large || is_of_another) {
        send_one_by_one(message);
    } else {
        lost_ += message.datagrams;
    }
}

void UdpSendQueue::send_one_by_one(const Message& message) {
    auto& storage = *storage_;
    NativeAddress address(message.remote);
    UdpSendControl control;
    for (std::size_t i = 0; i < message.datagrams; ++i) {
        msghdr native{};
        native.msg_name = address.pointer();
        native.msg_namelen = address.size;
        native.msg_iov = &storage.parts[message.first_part + i * message.parts_of_one];
        native.msg_iovlen = message.parts_of_one;
        control.write(native, message.local, message.remote.ip.family(), 0);
        if (!send_message(message.socket, native, message.reports_errors)) ++lost_;
    }
}

} // namespace vv::net
