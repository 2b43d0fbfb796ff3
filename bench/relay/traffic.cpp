#include "relay/traffic.h"

#include "net/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace vv::bench {
namespace {

constexpr std::int64_t kTick = 200'000;
constexpr std::int64_t kLostAfter = 500'000'000;
constexpr std::int64_t kLookForLost = 20'000'000;
constexpr std::int64_t kDrain = 500'000'000;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kCatchUpMax = 2000;
constexpr std::size_t kHeaderMax = turn::kChannelDataHeaderSize + kStampSize;
constexpr std::size_t kPayloadMax = 1400;
constexpr std::uint32_t kNoPlace = 0xFFFFFFFF;
constexpr std::size_t kReadMax = 64; // what is read of a packet: its stamp is enough

// What a packet of sound or picture begins with (RFC 7983 §7): a consent gate lets nothing else through.
constexpr std::uint64_t kRtp = 0x80;

struct Stamp {
    std::uint64_t kind = kRtp;
    std::int64_t sent_at = 0;
    std::uint32_t place = kNoPlace;
    std::uint32_t generation = 0;
    Direction direction = Direction::kToPeer;
    bool measured = false;
};
static_assert(sizeof(Stamp) <= kStampSize);

// Packets for one socket that leave with one call.
class Batch {
public:
    Batch(int socket, std::size_t payload) : socket_(socket), body_(payload - kStampSize) {}

    // channel: with ChannelData's header in front. to: null on a connected socket.
    void add(const Stamp& stamp, bool channel, const net::NativeAddress* to) {
        auto& head = heads_[count_];
        std::size_t size = 0;
        if (channel) {
            const auto header =
                turn::write_channel_data_header(turn::ChannelNumber(kChannel), kStampSize + body_.size());
            std::copy(header.begin(), header.end(), head.begin());
            size = header.size();
        }
        std::memcpy(head.data() + size, &stamp, sizeof stamp);
        vectors_[2 * count_] = {head.data(), size + kStampSize};
        vectors_[2 * count_ + 1] = {body_.data(), body_.size()};
        msghdr& message = messages_[count_].msg_hdr;
        message = {};
        if (to != nullptr) {
            addresses_[count_] = *to;
            message.msg_name = &addresses_[count_].storage;
            message.msg_namelen = addresses_[count_].size;
        }
        message.msg_iov = &vectors_[2 * count_];
        message.msg_iovlen = 2;
        if (++count_ == kBurstMax) flush();
    }
    void flush() {
        // What the kernel does not take is lost, and is counted as such because it never arrives.
        if (count_ > 0) (void)::sendmmsg(socket_, messages_.data(), static_cast<unsigned>(count_), MSG_DONTWAIT);
        count_ = 0;
    }
    void use(int socket) { socket_ = socket; }

private:
    int socket_;
    std::vector<std::uint8_t> body_;
    std::size_t count_ = 0;
    std::array<mmsghdr, kBurstMax> messages_{};
    std::array<iovec, 2 * kBurstMax> vectors_{};
    std::array<std::array<std::uint8_t, kHeaderMax>, kBurstMax> heads_{};
    std::array<net::NativeAddress, kBurstMax> addresses_{};
};

// The places of one direction's window.
class Window {
public:
    explicit Window(std::size_t places) : places_(places) {
        for (std::size_t i = 0; i < places; ++i)
            free_.push_back(static_cast<std::uint32_t>(i));
    }
    [[nodiscard]] std::size_t room() const { return free_.size(); }
    void take(Stamp& stamp) {
        stamp.place = free_.back();
        free_.pop_back();
        Place& place = places_[stamp.place];
        place.taken_at = stamp.sent_at;
        stamp.generation = ++place.generation;
    }
    void give_back(const Stamp& stamp) {
        if (stamp.place >= places_.size()) return;
        Place& place = places_[stamp.place];
        if (place.taken_at == 0 || place.generation != stamp.generation) return;
        place.taken_at = 0;
        free_.push_back(stamp.place);
    }
    void give_back_lost(std::int64_t now) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (places_[i].taken_at == 0 || now - places_[i].taken_at < kLostAfter) continue;
            places_[i].taken_at = 0;
            free_.push_back(static_cast<std::uint32_t>(i));
        }
    }

private:
    struct Place {
        std::int64_t taken_at = 0; // 0: free
        std::uint32_t generation = 0;
    };
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
};

class Traffic {
public:
    Traffic(Legs& legs, const TrafficPlan& plan)
        : legs_(legs),
          plan_(plan),
          from_client_(-1, plan.payload),
          body_(plan.payload - kStampSize),
          windows_{Window(plan.to_client ? plan.window / 2 : plan.window),
                   Window(plan.to_client ? plan.window / 2 : 0)} {
        if (plan.payload < kStampSize || plan.payload > kPayloadMax || plan.burst == 0 || plan.burst > kBurstMax)
            throw std::runtime_error("no such traffic");
        for (const auto& peer : legs.peers())
            from_peers_.emplace_back(peer.value(), plan.payload);
        for (const Leg& leg : legs.all())
            relayed_.emplace_back(leg.relayed);
        is_touched_.resize(legs.all().size());
        for (std::size_t i = 0; i < kBurstMax; ++i) {
            vectors_[i] = {buffers_[i].data(), buffers_[i].size()};
            messages_[i].msg_hdr.msg_iov = &vectors_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    TrafficResult run(const ServerUsage& usage) {
        const std::int64_t began = now_ns();
        begin_ = began;
        spin(began + plan_.warm_up, true);
        const CpuTime before = usage.cpu();
        const std::int64_t from = now_ns();
        measuring_ = true;
        result_.delivered = 0;
        spin(from + plan_.measured, true);
        result_.cpu = usage.cpu() - before;
        result_.seconds = static_cast<double>(now_ns() - from) / static_cast<double>(kNanosecondsPerSecond);
        const std::uint64_t delivered = result_.delivered;
        measuring_ = false;
        spin(now_ns() + kDrain, false);
        result_.delivered = delivered;
        result_.lost = result_.sent - std::min(result_.sent, measured_arrived_);
        std::sort(result_.latencies.begin(), result_.latencies.end());
        return std::move(result_);
    }

private:
    void spin(std::int64_t until, bool sending) {
        constexpr std::size_t kEvents = 128;
        std::array<epoll_event, kEvents> events{};
        for (std::int64_t now = now_ns(); now < until; now = now_ns()) {
            if (sending) pump(now);
            const std::int64_t pause = kTick - (now - begin_) % kTick;
            const timespec wait{0, std::min(pause, until - now)};
            const int count =
                ::epoll_pwait2(legs_.epoll(), events.data(), static_cast<int>(events.size()), &wait, nullptr);
            for (int i = 0; i < count; ++i)
                receive(events[static_cast<std::size_t>(i)].data.u64);
        }
    }

    void pump(std::int64_t now) {
        if (plan_.per_second > 0) {
            const auto elapsed = static_cast<std::uint64_t>((now - begin_) / kTick * kTick);
            const std::uint64_t due = elapsed * plan_.per_second / kNanosecondsPerSecond;
            // A generator that was held up does not make up for all of it at once.
            if (due > issued_ + kCatchUpMax) issued_ = due - kCatchUpMax;
            while (issued_ < due)
                burst(plan_.to_client && bursts_ % 2 == 1 ? Direction::kToClient : Direction::kToPeer, now);
        } else {
            if (now - looked_ > kLookForLost) {
                looked_ = now;
                for (auto& window : windows_)
                    window.give_back_lost(now);
            }
            for (const auto direction : {Direction::kToPeer, Direction::kToClient}) {
                while (windows_.at(static_cast<std::size_t>(direction)).room() >= plan_.burst)
                    burst(direction, now);
            }
        }
        from_client_.flush();
        client_ = SIZE_MAX;
        for (const std::size_t index : touched_) {
            legs_.all()[index].stream->flush();
            is_touched_[index] = false;
        }
        touched_.clear();
        for (auto& batch : from_peers_)
            batch.flush();
    }

    void burst(Direction direction, std::int64_t now) {
        auto& next = next_leg_.at(static_cast<std::size_t>(direction));
        const std::size_t index = next;
        next = (next + 1) % legs_.all().size();
        const Leg& leg = legs_.all()[index];
        if (direction == Direction::kToPeer && leg.stream && !is_touched_[index]) {
            is_touched_[index] = true;
            touched_.push_back(index);
        } else if (direction == Direction::kToPeer && !leg.stream && client_ != index) {
            from_client_.flush();
            from_client_.use(leg.socket.value());
            client_ = index;
        }
        for (std::size_t i = 0; i < plan_.burst; ++i) {
            Stamp stamp{kRtp, now, kNoPlace, 0, direction, measuring_};
            if (plan_.per_second == 0) windows_.at(static_cast<std::size_t>(direction)).take(stamp);
            if (direction == Direction::kToClient) {
                from_peers_[leg.peer].add(stamp, false, &relayed_[index]);
            } else if (leg.stream) {
                add_to_stream(*leg.stream, stamp);
            } else {
                from_client_.add(stamp, true, nullptr);
            }
        }
        ++bursts_;
        issued_ += plan_.burst;
        if (measuring_) result_.sent += plan_.burst;
    }

    // What finds no room is lost, and is counted as such because it never arrives.
    void add_to_stream(StreamClient& stream, const Stamp& stamp) {
        std::array<std::uint8_t, kStampSize> bytes{};
        std::memcpy(bytes.data(), &stamp, sizeof stamp);
        (void)stream.add(turn::write_channel_data_header(turn::ChannelNumber(kChannel), plan_.payload), bytes, body_);
    }

    void receive(std::uint64_t index) {
        const bool is_peer = index >= kPeerMark;
        if (is_peer || !legs_.use_streams()) return receive_datagrams(index);
        StreamClient& stream = *legs_.all()[static_cast<std::size_t>(index)].stream;
        if (stream.has_waiting()) stream.flush();
        const std::int64_t now = now_ns();
        stream.receive([&](ByteView frame) {
            if (frame.size() < turn::kChannelDataHeaderSize + sizeof(Stamp)) return;
            Stamp stamp;
            std::memcpy(&stamp, frame.data() + turn::kChannelDataHeaderSize, sizeof stamp);
            arrived(stamp, now);
        });
    }

    void receive_datagrams(std::uint64_t index) {
        const bool is_peer = index >= kPeerMark;
        const int socket = is_peer ? legs_.peers()[index - kPeerMark].value()
                                   : legs_.all()[static_cast<std::size_t>(index)].socket.value();
        const int count = ::recvmmsg(socket, messages_.data(), kBurstMax, MSG_DONTWAIT, nullptr);
        const std::int64_t now = now_ns();
        const std::size_t skip = is_peer ? 0 : turn::kChannelDataHeaderSize;
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            if (messages_[at].msg_len < skip + sizeof(Stamp)) continue;
            Stamp stamp;
            std::memcpy(&stamp, buffers_[at].data() + skip, sizeof stamp);
            arrived(stamp, now);
        }
    }

    void arrived(const Stamp& stamp, std::int64_t now) {
        if (stamp.kind != kRtp) return; // a check that was repeated and is late
        ++result_.delivered;
        windows_.at(static_cast<std::size_t>(stamp.direction) % 2).give_back(stamp);
        if (!stamp.measured) return;
        ++measured_arrived_;
        result_.latencies.push_back(static_cast<std::uint32_t>((now - stamp.sent_at) / 1000));
    }

    Legs& legs_;
    TrafficPlan plan_;
    Batch from_client_;
    ByteBuffer body_;                  // of a packet on a stream, behind its stamp
    std::vector<std::size_t> touched_; // streams with something to write
    std::vector<bool> is_touched_;
    std::vector<Batch> from_peers_;
    std::vector<net::NativeAddress> relayed_;
    std::array<Window, 2> windows_;
    std::array<std::size_t, 2> next_leg_{};
    std::size_t client_ = SIZE_MAX; // whose packets are in from_client_
    std::int64_t begin_ = 0;
    std::int64_t looked_ = 0;
    std::uint64_t issued_ = 0;
    std::uint64_t bursts_ = 0;
    std::uint64_t measured_arrived_ = 0;
    bool measuring_ = false;
    TrafficResult result_;

    std::array<mmsghdr, kBurstMax> messages_{};
    std::array<iovec, kBurstMax> vectors_{};
    std::array<std::array<std::uint8_t, kReadMax>, kBurstMax> buffers_{};
};

} // namespace

double TrafficResult::latency(double part) const {
    if (latencies.empty()) return 0;
    return latencies[static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1))];
}

TrafficResult run_traffic(Legs& legs, const TrafficPlan& plan, const ServerUsage& usage) {
    return Traffic(legs, plan).run(usage);
}

} // namespace vv::bench
