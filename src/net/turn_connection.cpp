#include "net/turn_connection.h"

#include "net/socket.h"

#include <optional>
#include <utility>

namespace vv::net {
namespace {

// Read of one connection before the others get their turn: bytes, and records of TLS however small.
constexpr std::size_t kReadPerRound = 131'072;
constexpr int kReadsPerRound = 128;
// Who has no allocation has little to say, and makes nobody wait while it is said in tiny records.
constexpr int kStrangerReadsPerRound = 4;
// What the kernel may hold unsent: the rest waits in the queue, where old media can still be dropped.
constexpr int kKernelUnsentMax = 32'768;
// Both directions at once and for good: only changes are told, so that what stays the same costs nothing.
constexpr std::uint32_t kInterest = static_cast<std::uint32_t>(EPOLLET) | EPOLLIN | EPOLLOUT | EPOLLRDHUP;

} // namespace

TurnConnection::TurnConnection(TurnStreams& streams, const turn::FiveTuple& path, OpenedStream opened)
    : streams_(streams),
      counters_(streams.counters_.of(path.transport)),
      path_(path),
      stream_(std::move(opened.stream)),
      seat_(std::move(opened.seat)),
      timer_(streams.loop_.timers(), *this) {
    counters_.opened.add();
    counters_.open.add(1);
    stream_.use_edges();
    limit_unsent(stream_.fd(), kKernelUnsentMax);
    timer_.arm(opened.first_message_by);
}

TurnConnection::~TurnConnection() {
    // The shard's end may come before the connection's own.
    if (gone_) return;
    streams_.loop_.unwatch(stream_.fd(), *this);
    counters_.open.add(-1);
}

void TurnConnection::start(ByteView opening) {
    if (!streams_.loop_.watch(stream_.fd(), kInterest, *this)) {
        abandon();
        return;
    }
    take_input(opening);
    if (gone_) return;
    // Read with the opening, perhaps: the socket would not tell.
    unread_ = stream_.has_pending();
    if (unread_) streams_.call_later(*this);
}

void TurnConnection::handle_ready(std::uint32_t events) {
    constexpr std::uint32_t kLast = static_cast<std::uint32_t>(EPOLLRDHUP) | EPOLLHUP | EPOLLERR;
    const bool is_last = (events & kLast) != 0;
    const bool is_readable = (events & EPOLLIN) != 0 || is_last;
    if (is_readable) stream_.note_readable(is_last);
    const bool is_writable = (events & EPOLLOUT) != 0;
    if (is_writable && std::exchange(stuck_, false)) flush();
    if (!gone_ && (is_readable || (is_writable && read_wants_write_))) read_input();
}

void TurnConnection::handle_timeout(Timer&, Instant now) {
    if (!heard_) {
        cut(streams_.counters_.silent);
        return;
    }
    if (waits_ && taken_at_ + streams_.limits_.stall <= now) {
        cut(streams_.counters_.slow);
        return;
    }
    allocated_ = streams_.handler_.has_allocation(path_);
    if (!allocated_ && heard_at_ + streams_.limits_.silence <= now) {
        cut(streams_.counters_.silent);
        return;
    }
    if (queue_.is_empty()) queue_.release_memory();
    // An allocation says itself how long it lives; whether it still does is looked at now and then.
    timer_.arm(allocated_ ? now + streams_.limits_.silence : heard_at_ + streams_.limits_.silence);
    if (waits_) arm_sooner(taken_at_ + streams_.limits_.stall);
}

void TurnConnection::read_input() {
    std::size_t taken = 0;
    for (int i = 0; i < (allocated_ ? kReadsPerRound : kStrangerReadsPerRound) && taken < kReadPerRound; ++i) {
        const IoResult result = stream_.read(streams_.scratch_);
        read_wants_write_ = result.status == IoStatus::kWantWrite;
        if (result.status == IoStatus::kEnd) {
            flush(); // it may still be reading
            close();
            return;
        }
        if (result.status == IoStatus::kFailed) {
            abandon();
            return;
        }
        unread_ = false;
        if (result.status != IoStatus::kDone) break;
        taken += result.size;
        counters_.bytes_in.add(result.size);
        take_input(std::span(streams_.scratch_).first(result.size));
        if (gone_) return;
        unread_ = !stream_.is_exhausted();
        if (!unread_) break;
    }
    if (unread_) streams_.call_later(*this); // more than a fair share: after the others
}

void TurnConnection::take_input(ByteView input) {
    std::uint64_t frames = 0;
    while (!gone_) {
        const auto polled = framer_.poll_frame(input, frame_size_max());
        if (!polled) {
            cut(streams_.counters_.broken); // nobody knows where the next frame would begin
            break;
        }
        const std::optional<ByteView> frame = *polled;
        if (!frame) break;
        ++frames;
        streams_.handler_.handle_stream_frame(path_, *frame);
    }
    if (frames == 0) return;
    counters_.frames_in.add(frames);
    heard_at_ = streams_.loop_.now();
    if (!heard_ && !gone_) {
        heard_ = true;
        timer_.arm(heard_at_ + streams_.limits_.silence);
    }
}

std::size_t TurnConnection::frame_size_max() {
    if (!allocated_) allocated_ = streams_.handler_.has_allocation(path_);
    return allocated_ ? turn::kFrameSizeMax : turn::kStrangerFrameSizeMax;
}

void TurnConnection::send(MediaQueue::Kind kind, ByteView header, ByteView payload, ByteView padding) {
    if (gone_) return;
    const MediaQueue::Pushed pushed = queue_.push(kind, streams_.limits_.queue, header, payload, padding);
    if (pushed.dropped > 0) streams_.counters_.dropped.add(pushed.dropped);
    if (!pushed.fits) {
        // A client that asks and asks without reading what it is told.
        if (kind == MediaQueue::Kind::kAnswer) cut(streams_.counters_.slow);
        return;
    }
    counters_.frames_out.add();
    if (!stuck_) streams_.call_later(*this);
}

void TurnConnection::handle_round_end() {
    if (unread_ && !gone_) read_input();
    if (!gone_ && !stuck_) flush();
}

void TurnConnection::flush() {
    const Instant now = streams_.loop_.now();
    while (!queue_.is_empty()) {
        const ByteView next = queue_.front();
        const IoResult result = stream_.write(next);
        if (result.status == IoStatus::kDone) {
            counters_.bytes_out.add(result.size);
            queue_.pop(result.size);
            taken_at_ = now;
            continue;
        }
        if (result.status != IoStatus::kWantWrite) {
            abandon();
            return;
        }
        if (stream_.is_tls()) queue_.hold(next.size());
        if (!std::exchange(waits_, true)) taken_at_ = now;
        stuck_ = true;
        arm_sooner(taken_at_ + streams_.limits_.stall);
        return;
    }
    waits_ = false;
}

void TurnConnection::cut(Counter& reason) {
    if (gone_) return;
    reason.add();
    close();
}

void TurnConnection::close() {
    if (gone_) return;
    stream_.finish_writing();
    abandon();
}

void TurnConnection::abandon() {
    if (std::exchange(gone_, true)) return;
    timer_.cancel();
    streams_.loop_.unwatch(stream_.fd(), *this);
    counters_.open.add(-1);
    streams_.release(*this);
}

void TurnConnection::arm_sooner(Instant deadline) {
    if (!timer_.is_armed() || timer_.deadline() > deadline) timer_.arm(deadline);
}

} // namespace vv::net
