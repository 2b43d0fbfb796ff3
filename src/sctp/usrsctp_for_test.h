// usrsctp as an end of a test path: the implementation that browsers used for ten
// years, as the oracle of ours. It keeps its state in globals, so there is one stack
// in a process. Its timers, and what it asks of the system's clock and of its random
// numbers, come from here, so that every run is the same.
#pragma once

#include "base/assert.h"
#include "base/bytes.h"
#include "base/instant.h"
#include "base/rng.h"
#include "sctp/config.h"
#include "sctp/data_chunk.h"
#include "sctp/retransmission_timeout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <ratio>
#include <span>
#include <sys/time.h>
#include <usrsctp.h>
#include <vector>

namespace vv::sctp::test {

using Socket = struct socket; // the name alone is the system's function

/// What the library asks the system for, from its first call on.
class UsrsctpSources {
public:
    static UsrsctpSources& the_one() {
        static UsrsctpSources sources;
        return sources;
    }
    /// A path has a clock of its own; the library's goes on.
    void begin(Instant now) {
        ahead_ += now_ - now;
        now_ = now;
    }
    void reseed() { rng_ = std::make_unique<SeededRng>(kSeed); }
    void set_now(Instant now) { now_ = now; }

    /// It sends nothing again that was sent less than a timeout ago by this clock.
    [[nodiscard]] Duration time() {
        was_asked_for_time_ = true;
        return now_.time_since_epoch() + ahead_;
    }
    void fill_random(std::span<std::uint8_t> out) {
        was_asked_for_random_ = true;
        rng_->fill(out);
    }
    /// Both, which it has to be for the first socket; else the linker has not given it the functions below.
    [[nodiscard]] bool was_asked() const { return was_asked_for_time_ && was_asked_for_random_; }

private:
    static constexpr std::uint64_t kSeed = 1;

    Instant now_{};
    Duration ahead_{}; // the library's clock, of the path's
    std::unique_ptr<SeededRng> rng_ = std::make_unique<SeededRng>(kSeed);
    bool was_asked_for_time_ = false;
    bool was_asked_for_random_ = false;
};

/// The library, from the first end to the end of the process.
class UsrsctpStack {
public:
    static constexpr std::chrono::milliseconds kTick{10}; // its own timer thread's

    static UsrsctpStack& the_one() {
        static UsrsctpStack stack;
        return stack;
    }
    [[nodiscard]] Instant next_tick() const { return last_ + kTick; }
    /// Once for each end, at the beginning of its path.
    void begin(Instant now) {
        if (ends_++ == 0) sources_.reseed();
        sources_.begin(now);
        last_ = now;
    }
    void end() { --ends_; }
    /// To a packet that comes now: what is due now as well is due after it.
    void advance_to_input(Instant now) {
        while (next_tick() < now)
            tick();
        sources_.set_now(now);
    }
    void advance(Instant now) {
        while (next_tick() <= now)
            tick();
        sources_.set_now(now);
    }

private:
    UsrsctpStack();
    void tick() {
        last_ = next_tick();
        sources_.set_now(last_);
        usrsctp_handle_timers(static_cast<std::uint32_t>(kTick.count()));
    }

    UsrsctpSources& sources_ = UsrsctpSources::the_one();
    Instant last_{};
    int ends_ = 0;
};

class UsrsctpEnd {
public:
    struct Received {
        StreamId stream;
        Ppid ppid{};
        ByteBuffer payload;
    };
    struct Outgoing {
        StreamId stream{};
        Ppid ppid = Ppid::kBinary;
        ByteView payload{};
        bool is_ordered = true;
        std::optional<std::uint32_t> retransmissions_max{};
        std::optional<std::uint32_t> lifetime_ms{};
    };

    enum class Timeouts : std::uint8_t {
        kOurs, ///< for tests
        kOwn,  ///< 3 s at first, then 1 s to 60 s
    };

    explicit UsrsctpEnd(Instant now, Timeouts timeouts = Timeouts::kOurs) {
        stack_.begin(now);
        usrsctp_register_address(this);
        socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, &UsrsctpEnd::receive, nullptr, 0, this);
        VV_ASSERT(socket_ != nullptr);
        configure(socket_);
        if (timeouts == Timeouts::kOurs) set_timeouts(socket_);
        sockaddr_conn here = address();
        VV_ASSERT(usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
        VV_ASSERT(UsrsctpSources::the_one().was_asked());
    }
    UsrsctpEnd(const UsrsctpEnd&) = delete;
    UsrsctpEnd& operator=(const UsrsctpEnd&) = delete;
    ~UsrsctpEnd() {
        if (accepted_ != nullptr) usrsctp_close(accepted_);
        usrsctp_close(socket_);
        usrsctp_deregister_address(this);
        stack_.end();
    }

    void connect() {
        sockaddr_conn there = address();
        (void)usrsctp_connect(socket_, reinterpret_cast<sockaddr*>(&there), sizeof there); // EINPROGRESS
        set_path_mtu(socket_);
    }
    void listen() {
        listens_ = true;
        VV_ASSERT(usrsctp_listen(socket_, 1) == 0);
    }

    // ---- as an end of a path
    void handle_input(Instant now, ByteView packet) {
        stack_.advance_to_input(now);
        usrsctp_conninput(this, packet.data(), packet.size(), 0);
        // It may have told that it is up already.
        if (!listens_ || accepted_ != nullptr) return;
        accepted_ = usrsctp_accept(socket_, nullptr, nullptr);
        if (accepted_ == nullptr) return;
        is_up_ = true;
        set_path_mtu(accepted_);
    }
    void handle_timeout(Instant now) { stack_.advance(now); }
    std::optional<ByteBuffer> poll_transmit() {
        if (outgoing_.empty()) return std::nullopt;
        ByteBuffer packet = std::move(outgoing_.front());
        outgoing_.pop_front();
        return packet;
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const { return stack_.next_tick(); }
    void drain(Instant /*now*/) {}

    /// False: its buffer is full.
    [[nodiscard]] bool send(const Outgoing& message) {
        sctp_sendv_spa info{};
        info.sendv_flags = SCTP_SEND_SNDINFO_VALID;
        info.sendv_sndinfo.snd_sid = message.stream.value();
        info.sendv_sndinfo.snd_ppid = swapped(static_cast<std::uint32_t>(message.ppid));
        if (!message.is_ordered) info.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
        if (message.retransmissions_max || message.lifetime_ms) {
            info.sendv_flags |= SCTP_SEND_PRINFO_VALID;
            info.sendv_prinfo.pr_policy = message.lifetime_ms ? SCTP_PR_SCTP_TTL : SCTP_PR_SCTP_RTX;
            info.sendv_prinfo.pr_value = message.lifetime_ms ? *message.lifetime_ms : *message.retransmissions_max;
        }
        return usrsctp_sendv(live(), message.payload.data(), message.payload.size(), nullptr, 0, &info, sizeof info,
                             SCTP_SENDV_SPA, 0) > 0;
    }
    void reset_stream(StreamId stream) {
        std::vector<std::uint8_t> storage(sizeof(sctp_reset_streams) + sizeof(std::uint16_t));
        auto* const request = reinterpret_cast<sctp_reset_streams*>(storage.data());
        request->srs_assoc_id = SCTP_ALL_ASSOC;
        request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
        request->srs_number_streams = 1;
        request->srs_stream_list[0] = stream.value();
        VV_ASSERT(usrsctp_setsockopt(live(), IPPROTO_SCTP, SCTP_RESET_STREAMS, request,
                                     static_cast<socklen_t>(storage.size())) == 0);
    }
    void shutdown() { VV_ASSERT(usrsctp_shutdown(live(), SHUT_WR) == 0); }

    std::vector<Received> messages;
    std::size_t received_bytes = 0;
    std::vector<StreamId> incoming_resets;
    std::vector<StreamId> outgoing_resets;
    bool keeps_messages = true;
    [[nodiscard]] bool is_up() const { return is_up_; }
    [[nodiscard]] bool has_ended() const { return has_ended_; }

    static int transmit(void* address, void* buffer, std::size_t size, std::uint8_t /*tos*/, std::uint8_t /*df*/) {
        auto* const end = static_cast<UsrsctpEnd*>(address);
        const auto* const bytes = static_cast<const std::uint8_t*>(buffer);
        end->outgoing_.emplace_back(bytes, bytes + size);
        return 0;
    }

private:
    [[nodiscard]] static std::uint32_t swapped(std::uint32_t value) { return __builtin_bswap32(value); }
    [[nodiscard]] Socket* live() const { return accepted_ != nullptr ? accepted_ : socket_; }
    [[nodiscard]] sockaddr_conn address() {
        sockaddr_conn address{};
        address.sconn_family = AF_CONN;
        address.sconn_port = static_cast<std::uint16_t>(__builtin_bswap16(5'000));
        address.sconn_addr = this;
        return address;
    }
    template <typename Option>
    static void set(Socket* socket, int level, int name, const Option& option) {
        VV_ASSERT(usrsctp_setsockopt(socket, level, name, &option, sizeof option) == 0);
    }
    static void configure(Socket* socket) {
        constexpr int kBuffer = kReceiveWindow;
        VV_ASSERT(usrsctp_set_non_blocking(socket, 1) == 0);
        set(socket, SOL_SOCKET, SO_RCVBUF, kBuffer);
        set(socket, SOL_SOCKET, SO_SNDBUF, 2 * kBuffer);
        set(socket, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
        set(socket, IPPROTO_SCTP, SCTP_NODELAY, int{1});
        sctp_assoc_value reset{};
        reset.assoc_id = SCTP_ALL_ASSOC;
        reset.assoc_value = SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_RESET_ASSOC_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ;
        set(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, reset);
        sctp_initmsg init{};
        init.sinit_num_ostreams = kStreamsMax;
        init.sinit_max_instreams = kStreamsMax;
        set(socket, IPPROTO_SCTP, SCTP_INITMSG, init);
        for (const int type : {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT}) {
            sctp_event event{};
            event.se_assoc_id = SCTP_ALL_ASSOC;
            event.se_type = static_cast<std::uint16_t>(type);
            event.se_on = 1;
            set(socket, IPPROTO_SCTP, SCTP_EVENT, event);
        }
    }
    // With its own it stands still for minutes after a few losses at the beginning: it waits 3 s for an answer to its
    // INIT, twice as long after each that is lost, and takes the time since the first of them for the round trip.
    static void set_timeouts(Socket* socket) {
        sctp_rtoinfo timeouts{};
        timeouts.srto_assoc_id = SCTP_ALL_ASSOC;
        timeouts.srto_initial = milliseconds(kRtoInitial);
        timeouts.srto_min = milliseconds(kRtoMin);
        timeouts.srto_max = milliseconds(kRtoMax);
        set(socket, IPPROTO_SCTP, SCTP_RTOINFO, timeouts);
    }
    [[nodiscard]] static std::uint32_t milliseconds(std::chrono::milliseconds time) {
        return static_cast<std::uint32_t>(time.count());
    }
    /// The same packets as ours.
    void set_path_mtu(Socket* socket) {
        sctp_paddrparams parameters{};
        const sockaddr_conn there = address();
        std::memcpy(&parameters.spp_address, &there, sizeof there);
        parameters.spp_flags = SPP_PMTUD_DISABLE;
        parameters.spp_pathmtu = kPacketSize;
        set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, parameters);
    }

    // NOLINTNEXTLINE(readability-function-size): the parameters that the library gives
    static int receive(Socket* /*Socket*/, sctp_sockstore /*from*/, void* data, std::size_t size, sctp_rcvinfo info,
                       int flags, void* end) {
        if (data == nullptr) return 1;
        const ByteView bytes(static_cast<const std::uint8_t*>(data), size);
        if ((flags & MSG_NOTIFICATION) != 0) {
            static_cast<UsrsctpEnd*>(end)->handle_notification(bytes);
        } else {
            static_cast<UsrsctpEnd*>(end)->handle_data(bytes, info, (flags & MSG_EOR) != 0);
        }
        std::free(data); // NOLINT(cppcoreguidelines-no-malloc): the library gives it away
        return 1;
    }
    void handle_data(ByteView bytes, const sctp_rcvinfo& info, bool is_end) {
        received_bytes += bytes.size();
        if (!keeps_messages) return;
        ByteBuffer& parts = parts_[info.rcv_sid];
        parts.insert(parts.end(), bytes.begin(), bytes.end());
        if (!is_end) return;
        messages.push_back({StreamId(info.rcv_sid), static_cast<Ppid>(swapped(info.rcv_ppid)), std::move(parts)});
        parts.clear();
    }
    void handle_notification(ByteView bytes) {
        sctp_notification notification{};
        std::memcpy(&notification, bytes.data(), std::min(bytes.size(), sizeof notification));
        if (notification.sn_header.sn_type == SCTP_ASSOC_CHANGE) {
            is_up_ = is_up_ || notification.sn_assoc_change.sac_state == SCTP_COMM_UP;
            has_ended_ = has_ended_ || notification.sn_assoc_change.sac_state == SCTP_COMM_LOST ||
                         notification.sn_assoc_change.sac_state == SCTP_SHUTDOWN_COMP;
        } else if (notification.sn_header.sn_type == SCTP_STREAM_RESET_EVENT) {
            handle_reset(bytes, notification.sn_strreset_event.strreset_flags);
        }
    }
    void handle_reset(ByteView bytes, unsigned flags) {
        if ((flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0) return;
        for (std::size_t at = sizeof(sctp_stream_reset_event); at + 2 <= bytes.size(); at += 2) {
            std::uint16_t stream = 0;
            std::memcpy(&stream, bytes.data() + at, 2);
            if ((flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0) incoming_resets.emplace_back(stream);
            if ((flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0) outgoing_resets.emplace_back(stream);
        }
    }

    UsrsctpStack& stack_ = UsrsctpStack::the_one();
    Socket* socket_ = nullptr;
    Socket* accepted_ = nullptr;
    bool listens_ = false;
    bool is_up_ = false;
    bool has_ended_ = false;
    std::deque<ByteBuffer> outgoing_;
    std::map<std::uint16_t, ByteBuffer> parts_;
};

inline UsrsctpStack::UsrsctpStack() {
    usrsctp_init_nothreads(0, &UsrsctpEnd::transmit, nullptr);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
}

} // namespace vv::sctp::test

// These stand before the C library's and the library's own in the order in which names are looked up. They have other
// names in here because the system's header knows the first with other attributes, and ours has rules for names.
extern "C" __attribute__((used, visibility("default"))) inline int answer_usrsctp_time(timeval* time,
                                                                                       void* zone) noexcept
    __asm__("gettimeofday");
extern "C" __attribute__((used, visibility("default"))) inline void
answer_usrsctp_random(void* out, size_t size) __asm__("read_random");

extern "C" inline int answer_usrsctp_time(timeval* time, void* /*zone*/) noexcept {
    static constexpr std::chrono::seconds kSomeDay{1'767'225'600};
    const auto since = vv::sctp::test::UsrsctpSources::the_one().time() + kSomeDay;
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
    *time = {microseconds / std::micro::den, microseconds % std::micro::den};
    return 0;
}

extern "C" inline void answer_usrsctp_random(void* out, size_t size) {
    vv::sctp::test::UsrsctpSources::the_one().fill_random({static_cast<std::uint8_t*>(out), size});
}
