#include "relay/legs.h"

#include "net/clock.h"
#include "net/socket.h"
#include "stun/attributes.h"
#include "stun/integrity.h"
#include "turn/channel_data.h"
#include "turn/rest_credential.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sched.h>
#include <span>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vv::bench {
namespace {

using namespace std::chrono_literals;
using stun::AttributeType;

constexpr std::size_t kUnderWayMax = 64;
constexpr int kAttemptsMax = 7;
constexpr std::int64_t kRepeatAfter = 500'000'000;
constexpr int kBufferSize = 4 << 20;
constexpr std::size_t kAnswerMax = 2048;
constexpr std::size_t kAddressesPerByte = 250;
constexpr std::string_view kCheckKey = "a password of both ends";

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

void enter(const net::UniqueFd& name_space) {
    if (!name_space.is_open() || ::setns(name_space.value(), CLONE_NEWNET) != 0) fail("cannot enter a namespace");
}

// What `make` opens belongs to that namespace; the caller's own stays.
net::UniqueFd open_in(const std::string& name_space, const std::function<net::UniqueFd()>& make) {
    const net::UniqueFd home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    const net::UniqueFd there(::open(("/run/netns/" + name_space).c_str(), O_RDONLY | O_CLOEXEC));
    enter(there);
    net::UniqueFd socket = make();
    enter(home);
    return socket;
}

IpAddress address_of(const IpAddress& first, std::size_t leg) {
    const std::size_t index = leg / kLegsPerAddress;
    const auto bytes = first.bytes();
    return IpAddress::v4({bytes[0], bytes[1], static_cast<std::uint8_t>(index / kAddressesPerByte),
                          static_cast<std::uint8_t>(1 + index % kAddressesPerByte)});
}

void answer_check(const net::UniqueFd& peer) {
    std::array<std::uint8_t, kAnswerMax> buffer{};
    net::NativeAddress from;
    from.size = sizeof from.storage;
    const ssize_t size =
        ::recvfrom(peer.value(), buffer.data(), buffer.size(), MSG_DONTWAIT, from.pointer(), &from.size);
    if (size <= 0) return;
    const auto check = stun::parse_message(std::span(buffer).first(static_cast<std::size_t>(size)));
    // Else it is what a slow server still had of earlier traffic.
    if (!check || check->method() != stun::Method::kBinding) return;
    ByteBuffer answer;
    stun::MessageBuilder(answer, stun::Method::kBinding, stun::MessageClass::kSuccess, check->transaction_id())
        .add_xor_address(AttributeType::kXorMappedAddress, from.address())
        .add_message_integrity(as_bytes(kCheckKey))
        .add_fingerprint();
    (void)::sendto(peer.value(), answer.data(), answer.size(), MSG_DONTWAIT, from.pointer(), from.size);
}

} // namespace

std::int64_t now_ns() {
    return net::monotonic_now().time_since_epoch().count();
}

net::UniqueFd open_udp(const std::string& name_space, const SocketAddress& address) {
    net::UniqueFd socket = open_in(name_space, [&] { return net::bind_udp(address, false); });
    for (const int option : {SO_RCVBUFFORCE, SO_SNDBUFFORCE}) {
        if (::setsockopt(socket.value(), SOL_SOCKET, option, &kBufferSize, sizeof kBufferSize) != 0)
            fail("cannot enlarge a buffer");
    }
    return socket;
}

net::UniqueFd open_tcp(const std::string& name_space, const SocketAddress& address) {
    net::UniqueFd socket =
        open_in(name_space, [] { return net::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); });
    const net::NativeAddress native(address);
    if (!socket.is_open() || ::bind(socket.value(), native.pointer(), native.size) != 0)
        fail("cannot bind a TCP socket");
    return socket;
}

void connect_to(const net::UniqueFd& socket, const SocketAddress& address) {
    const net::NativeAddress native(address);
    if (::connect(socket.value(), native.pointer(), native.size) != 0) fail("cannot connect a UDP socket");
}

Legs::Legs(const Lab& lab, std::size_t count)
    : lab_(lab),
      context_(lab.transport == Transport::kTls ? make_client_context() : nullptr),
      legs_(count),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_.is_open()) fail("cannot create epoll");
    for (std::size_t i = 0; i < kPeerSockets; ++i) {
        peers_.push_back(open_udp(lab.peer_namespace, {lab.peer, 0}));
        peer_addresses_.push_back(net::local_address(peers_.back().value()));
        watch(peers_.back().value(), kPeerMark + i, EPOLLIN);
    }
    const auto expiry = net::wall_now() + 3600s;
    for (std::size_t i = 0; i < legs_.size(); ++i) {
        Leg& leg = legs_[i];
        open(leg, i);
        leg.peer = i % kPeerSockets;
        // Each leg is a user of its own, as each end of a call is.
        leg.username = std::to_string(expiry.time_since_epoch().count()) + ":leg" + std::to_string(i);
    }
}

void Legs::open(Leg& leg, std::size_t index) {
    const SocketAddress own{address_of(lab_.client_first, index), 0};
    if (!use_streams()) {
        leg.socket = open_udp(lab_.client_namespace, own);
        connect_to(leg.socket, lab_.server);
        watch(leg.socket.value(), index, EPOLLIN);
        return;
    }
    leg.stream = std::make_unique<StreamClient>(open_tcp(lab_.client_namespace, own), lab_.server, context_.get());
    watch(leg.stream->fd(), index, EPOLLIN | EPOLLOUT | EPOLLET);
}

void Legs::watch(int socket, std::uint64_t data, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = data;
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) != 0) fail("cannot watch a socket");
}

void Legs::allocate() {
    exchange([this](Leg& leg) {
        if (!leg.nonce.empty()) {
            return signed_request(leg, stun::Method::kAllocate, [](stun::MessageBuilder& builder) {
                builder.add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
            });
        }
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kAllocate, stun::MessageClass::kRequest, leg.request)
            .add_u8_padded(AttributeType::kRequestedTransport, stun::kTransportUdp);
        return bytes;
    });
}

void Legs::bind_channels() {
    exchange([this](Leg& leg) {
        return signed_request(leg, stun::Method::kChannelBind, [&](stun::MessageBuilder& builder) {
            builder.add_u16_padded(AttributeType::kChannelNumber, kChannel)
                .add_xor_address(AttributeType::kXorPeerAddress, peer_addresses_[leg.peer]);
        });
    });
}

void Legs::check_peers() {
    exchange([](Leg& leg) {
        ByteBuffer check;
        stun::MessageBuilder(check, stun::Method::kBinding, stun::MessageClass::kRequest, leg.request)
            .add_text(AttributeType::kUsername, "peer:" + leg.username)
            .add_message_integrity(as_bytes(kCheckKey))
            .add_fingerprint();
        const auto header = turn::write_channel_data_header(turn::ChannelNumber(kChannel), check.size());
        check.insert(check.begin(), header.begin(), header.end());
        return check;
    });
}

void Legs::refresh(std::uint32_t lifetime_seconds) {
    exchange([&](Leg& leg) {
        return signed_request(leg, stun::Method::kRefresh, [&](stun::MessageBuilder& builder) {
            builder.add_u32(AttributeType::kLifetime, lifetime_seconds);
        });
    });
}

ByteBuffer Legs::signed_request(Leg& leg, stun::Method method, const std::function<void(stun::MessageBuilder&)>& fill) {
    ByteBuffer bytes;
    stun::MessageBuilder builder(bytes, method, stun::MessageClass::kRequest, leg.request);
    fill(builder);
    const std::string password = turn::rest_password(as_bytes(lab_.secret), leg.username);
    builder.add_text(AttributeType::kUsername, leg.username)
        .add_text(AttributeType::kRealm, lab_.realm)
        .add_text(AttributeType::kNonce, leg.nonce)
        .add_message_integrity(stun::long_term_key(leg.username, lab_.realm, password));
    return bytes;
}

void Legs::send(Leg& leg, const ByteBuffer& bytes) {
    leg.asked_at = now_ns();
    if (leg.stream) {
        if (!leg.stream->add(bytes, {}, {})) throw std::runtime_error("the server does not read what it is sent");
        leg.stream->flush();
        return;
    }
    // A full queue on the way is loss like any other: the request is repeated.
    (void)::send(leg.socket.value(), bytes.data(), bytes.size(), MSG_DONTWAIT);
}

void Legs::exchange(const Write& request) {
    std::size_t next = 0;
    std::vector<epoll_event> events(kUnderWayMax);
    const auto ask = [&](Leg& leg) {
        ByteBuffer id;
        ByteWriter writer(id);
        writer.write_u32(0);
        writer.write_u64(next_request_++);
        std::array<std::uint8_t, stun::kTransactionIdSize> bytes{};
        std::copy(id.begin(), id.end(), bytes.begin());
        leg.request = stun::TransactionId(bytes);
        send(leg, request(leg));
    };
    std::int64_t looked = now_ns();
    while (next < legs_.size() || under_way_ > 0) {
        for (; next < legs_.size() && under_way_ < kUnderWayMax; ++next, ++under_way_) {
            legs_[next].attempts = 1;
            ask(legs_[next]);
        }
        const int count = ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), 100);
        for (int i = 0; i < count; ++i) {
            const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
            if (data >= kPeerMark) {
                answer_check(peers_[data - kPeerMark]);
            } else {
                receive(static_cast<std::size_t>(data), request);
            }
        }
        if (now_ns() - looked < kRepeatAfter / 4) continue;
        looked = now_ns();
        repeat_unanswered(looked, request);
    }
}

void Legs::repeat_unanswered(std::int64_t now, const Write& request) {
    // Over a stream nothing is lost, and is not repeated (RFC 8489 §6.2.2).
    const std::int64_t wait_max = use_streams() ? kAttemptsMax * kRepeatAfter : kRepeatAfter;
    for (Leg& leg : legs_) {
        if (leg.asked_at == 0 || now - leg.asked_at < wait_max) continue;
        if (use_streams() || ++leg.attempts > kAttemptsMax) throw std::runtime_error("a client is not answered");
        ++repeated_;
        // The same transaction: RFC 8489 §6.2.1.
        send(leg, request(leg));
    }
}

void Legs::receive(std::size_t index, const Write& request) {
    Leg& leg = legs_[index];
    if (leg.stream) {
        leg.stream->flush();
        leg.stream->receive([&](ByteView frame) { take_answer(leg, frame, request); });
        return;
    }
    std::array<std::uint8_t, kAnswerMax> buffer{};
    const ssize_t size = ::recv(leg.socket.value(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) take_answer(leg, std::span(buffer).first(static_cast<std::size_t>(size)), request);
}

void Legs::take_answer(Leg& leg, ByteView bytes, const Write& request) {
    if (leg.asked_at == 0) return;
    const bool is_channel_data = !bytes.empty() && bytes.front() == kChannel >> 8U;
    const auto answer = stun::parse_message(is_channel_data ? bytes.subspan(turn::kChannelDataHeaderSize) : bytes);
    if (!answer || answer->transaction_id() != leg.request) return;
    if (answer->message_class() == stun::MessageClass::kSuccess) {
        if (const auto value = answer->find(AttributeType::kXorRelayedAddress)) {
            leg.relayed = stun::parse_xor_address(*value, answer->transaction_id()).value_or(SocketAddress{});
        }
        leg.asked_at = 0;
        --under_way_;
        return;
    }
    const auto value = answer->find(AttributeType::kErrorCode);
    const auto error = value ? stun::parse_error_code(*value) : std::nullopt;
    const int code = error ? error->code : 0;
    const auto nonce = answer->find(AttributeType::kNonce);
    if ((code != 401 && code != 438) || !nonce || ++leg.attempts > kAttemptsMax) {
        throw std::runtime_error("a client is refused with " + std::to_string(code));
    }
    leg.nonce = std::string(as_text(*nonce));
    auto id = leg.request.value();
    id[0] = static_cast<std::uint8_t>(id[0] + 1); // another transaction of the same leg
    leg.request = stun::TransactionId(id);
    send(leg, request(leg));
}

} // namespace vv::bench
