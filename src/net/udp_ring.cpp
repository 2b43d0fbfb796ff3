#include "net/udp_ring.h"

#include "base/assert.h"
#include "net/rearm_order.h"
#include "net/socket.h"
#include "net/udp_control.h"
#include "net/unique_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vv::net {
namespace {

constexpr unsigned kSubmissions = 512;
constexpr unsigned kCompletions = 4096;
constexpr std::uint16_t kBufferGroup = 0;
/// What the kernel writes in front of a payload: sizes, source, control messages.
constexpr std::size_t kFrontSize = sizeof(io_uring_recvmsg_out) + sizeof(sockaddr_storage) + kReceiveControlSize;
constexpr std::size_t kBufferSize = kFrontSize + UdpReceiveBuffers::kDatagramMax;
/// Not a power of two apart, which would share the same few lines of the processor's cache.
constexpr std::size_t kBufferDistance = (kBufferSize / 64 + 1) * 64 + 4096;

/// The kernel looks after some 20 sockets each time it is asked. Other work of the loop has its turn in between.
constexpr std::size_t kLooksMax = 32;

/// So often in a row the kernel may take nothing of what is submitted, be it that completions must be taken first. A
/// kernel that wants memory gets some time, and one that will not goes on without these datagrams.
constexpr int kSubmitTriesMax = 64;

// What a completion is about: the highest bit for sends, whose index follows; else the place of a watched socket and
// how often the place has been used, so that a late completion does not reach its next holder.
constexpr std::uint64_t kSendMark = std::uint64_t{1} << 63U;
constexpr std::uint64_t kNobody = kSendMark - 1; // cancellations
constexpr unsigned kGenerationShift = 32;
constexpr std::uint32_t kGenerationMask = 0x7FFFFFFF; // the highest bit marks sends

std::uint32_t place_of(std::uint64_t about) {
    return static_cast<std::uint32_t>(about);
}
std::uint32_t generation_of(std::uint64_t about) {
    return static_cast<std::uint32_t>(about >> kGenerationShift);
}

template <typename Value>
class Mapping {
public:
    explicit Mapping(std::size_t size)
        : size_(size),
          place_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() {
        if (is_there()) ::munmap(place_, size_);
    }
    [[nodiscard]] bool is_there() const { return place_ != MAP_FAILED; }
    [[nodiscard]] Value* get() const { return static_cast<Value*>(place_); }

private:
    std::size_t size_;
    void* place_;
};

} // namespace

struct UdpRing::Watched {
    UdpSocket* socket = nullptr; // null: nobody's place
    UdpReceiver* receiver = nullptr;
    std::uint32_t generation = 0;
    bool is_armed = false;     // a request for it is with the kernel
    bool has_received = false; // by that request
};

struct UdpRing::Completion {
    std::uint64_t about;
    int result;
    std::uint32_t flags;
};

struct UdpRing::Storage {
    io_uring ring{};
    bool is_open = false;
    bool is_enabled = false;
    bool is_renewable = true;
    UniqueFd arrival{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    Mapping<std::uint8_t> bytes{kBuffers * kBufferDistance};
    Mapping<io_uring_buf_ring> buffers{kBuffers * sizeof(io_uring_buf)};
    int buffers_returned = 0;
    std::size_t buffers_out = 0;          // that the kernel does not have
    std::vector<std::uint16_t> handed_on; // those whose payloads may still be sent
    std::vector<Watched> watched;
    std::vector<std::uint32_t> places_free;
    std::vector<EndedRequest> ended; // to be made again
    std::deque<Completion> came;
    bool is_cut_short = false;                         // receive() has not looked at all there was
    std::vector<std::pair<std::size_t, int>> not_sent; // index and errno
    msghdr receive_form{};                             // says only how much room is for source and control messages

    Storage() {
        receive_form.msg_namelen = sizeof(sockaddr_storage);
        receive_form.msg_controllen = kReceiveControlSize;
    }
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    ~Storage() {
        if (is_open) io_uring_queue_exit(&ring);
    }
    /// 0, or an errno.
    [[nodiscard]] int open();
    /// The kernel's part of it: 0, or an errno with nothing left open.
    [[nodiscard]] int open_ring(io_uring& opened) const;
    [[nodiscard]] int prepare(io_uring& opened) const;
    void enable();
    /// The kernel has all buffers, and none of them holds anything.
    void lend_all();
    [[nodiscard]] bool is_worth_renewing();
    /// Another ring in its place, which has had no sockets yet.
    void renew();
    [[nodiscard]] std::uint8_t* buffer(std::uint16_t index) const { return bytes.get() + index * kBufferDistance; }
    void add_buffer(std::uint16_t index) {
        io_uring_buf_ring_add(buffers.get(), buffer(index), kBufferSize, index, io_uring_buf_ring_mask(kBuffers),
                              buffers_returned++);
    }
    void publish_buffers() { io_uring_buf_ring_advance(buffers.get(), std::exchange(buffers_returned, 0)); }

    /// Null if the kernel takes nothing any more.
    [[nodiscard]] io_uring_sqe* next_entry();
    /// False if the kernel has not taken all: what was to be sent is then among not_sent, the rest waits for another
    /// time. Before enable() nothing is taken, and nothing lost.
    bool submit();
    void give_up_sends(int error);
    /// Makes nothing of a request the kernel has not taken yet.
    void withdraw(std::uint64_t about);
    /// Those entries the kernel has not taken. It reads them only when it is told to (no IORING_SETUP_SQPOLL), so until
    /// then they may be changed.
    template <typename Visit>
    void visit_queued(Visit visit) {
        const io_uring_sq& queue = ring.sq;
        for (unsigned i = IO_URING_READ_ONCE(*queue.khead); i != queue.sqe_tail; ++i)
            visit(queue.sqes[i & queue.ring_mask]);
    }
    static void make_nothing(io_uring_sqe& entry) {
        io_uring_prep_nop(&entry);
        io_uring_sqe_set_data64(&entry, kNobody);
    }
    /// Lets the kernel do the work it has put off, and takes what comes of it. False if it does not answer.
    [[nodiscard]] bool ask_kernel();
    /// The kernel sets this flag before it tells of the work, and clears it before it does the work: once that has been
    /// done and the flag is not there, whatever comes later makes the descriptor readable.
    [[nodiscard]] bool is_work_put_off() const {
        return (IO_URING_READ_ONCE(*ring.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
    }
    /// Takes everything from the kernel's queue: what has been received waits for its turn, what could not be sent for
    /// submit().
    void take_completions();
    void take(const io_uring_cqe& entry);
    /// False if the kernel has not taken it.
    [[nodiscard]] bool cancel(std::uint64_t about, unsigned flags);
};

int UdpRing::Storage::open() {
    if (!bytes.is_there() || !buffers.is_there()) return ENOMEM;
    if (!arrival.is_open()) return EMFILE;
    if (const int error = open_ring(ring); error != 0) return error;
    is_open = true;
    return 0;
}

int UdpRing::Storage::open_ring(io_uring& opened) const {
    io_uring_params parameters{};
    // The thread that asks for completions is the one that runs their work: nothing interrupts it in between.
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                       IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
    parameters.cq_entries = kCompletions;
    if (const int outcome = io_uring_queue_init_params(kSubmissions, &opened, &parameters); outcome != 0)
        return -outcome;
    const int error = prepare(opened);
    if (error != 0) io_uring_queue_exit(&opened);
    return error;
}

int UdpRing::Storage::prepare(io_uring& opened) const {
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffers.get());
    registration.ring_entries = kBuffers;
    registration.bgid = kBufferGroup;
    if (const int outcome = io_uring_register_buf_ring(&opened, &registration, 0); outcome != 0) return -outcome;
    // The ring's own descriptor tells of completions, and with deferred work those come only when asked for.
    if (const int outcome = io_uring_register_eventfd(&opened, arrival.value()); outcome != 0) return -outcome;
    // Some system may allow all this and forbid its use. A ring that is only disabled yet says so.
    const int outcome = io_uring_get_events(&opened);
    return outcome == -EBADFD || outcome == 0 ? 0 : -outcome;
}

void UdpRing::Storage::enable() {
    // By hand: Debian 12's library declares io_uring_enable_rings without having it.
    VV_ASSERT(::syscall(__NR_io_uring_register, ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) == 0);
    is_enabled = true;
}

void UdpRing::Storage::lend_all() {
    io_uring_buf_ring_init(buffers.get());
    for (std::size_t i = 0; i < kBuffers; ++i)
        add_buffer(static_cast<std::uint16_t>(i));
    publish_buffers();
}

bool UdpRing::Storage::is_worth_renewing() {
    const bool is_unused = places_free.size() == watched.size() && handed_on.empty() && came.empty() &&
                           buffers_out == 0 && not_sent.empty() && io_uring_sq_ready(&ring) == 0;
    return is_enabled && is_renewable && watched.size() > kPlacesKept && is_unused;
}

void UdpRing::Storage::renew() {
    io_uring next{};
    // First this one: without it the former goes on.
    is_renewable = open_ring(next) == 0;
    if (!is_renewable) return;
    io_uring_queue_exit(&ring);
    ring = next;
    // Nor are the pages needed that datagrams have come to.
    (void)::madvise(bytes.get(), kBuffers * kBufferDistance, MADV_DONTNEED);
    lend_all();
    // Of the former's completions none comes any more, so that the places need not be told apart.
    watched = std::vector<Watched>();
    places_free = std::vector<std::uint32_t>();
    enable();
}

io_uring_sqe* UdpRing::Storage::next_entry() {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring)) return entry;
    return submit() ? io_uring_get_sqe(&ring) : nullptr;
}

bool UdpRing::Storage::submit() {
    int error = 0;
    for (int tries = 0; tries < kSubmitTriesMax && io_uring_sq_ready(&ring) > 0; ++tries) {
        const int outcome = io_uring_submit(&ring);
        if (outcome > 0) {
            tries = -1;
            continue;
        }
        if (outcome == -EBADFD && !is_enabled) return false;
        error = outcome < 0 ? -outcome : EAGAIN;
        // Completions must be taken first, or a signal came; all else may pass too.
        if (error != EINTR) (void)ask_kernel();
    }
    if (io_uring_sq_ready(&ring) == 0) return true;
    give_up_sends(error);
    return false;
}

// What they point to may be gone the next time the kernel looks.
void UdpRing::Storage::give_up_sends(int error) {
    visit_queued([&](io_uring_sqe& entry) {
        if ((entry.user_data & kSendMark) == 0) return;
        not_sent.emplace_back(entry.user_data & ~kSendMark, error);
        make_nothing(entry);
    });
}

void UdpRing::Storage::withdraw(std::uint64_t about) {
    visit_queued([&](io_uring_sqe& entry) {
        if (entry.user_data == about) make_nothing(entry);
    });
}

bool UdpRing::Storage::ask_kernel() {
    const bool is_answered = io_uring_get_events(&ring) >= 0;
    take_completions();
    return is_answered;
}

void UdpRing::Storage::take_completions() {
    std::array<io_uring_cqe*, 64> batch{};
    while (const unsigned count = io_uring_peek_batch_cqe(&ring, batch.data(), batch.size())) {
        for (unsigned i = 0; i < count; ++i)
            take(*batch.at(i));
        io_uring_cq_advance(&ring, count);
    }
}

void UdpRing::Storage::take(const io_uring_cqe& entry) {
    if ((entry.user_data & kSendMark) != 0) {
        not_sent.emplace_back(entry.user_data & ~kSendMark, -entry.res);
    } else if (entry.user_data != kNobody) {
        const bool has_buffer = (entry.flags & IORING_CQE_F_BUFFER) != 0;
        buffers_out += std::size_t{has_buffer};
        Watched& about = watched.at(place_of(entry.user_data));
        if (about.generation == generation_of(entry.user_data)) {
            about.has_received = about.has_received || has_buffer;
            if ((entry.flags & IORING_CQE_F_MORE) == 0) {
                about.is_armed = false;
                ended.push_back({entry.user_data, about.has_received});
            }
        }
        came.push_back({entry.user_data, entry.res, entry.flags});
    }
}

bool UdpRing::Storage::cancel(std::uint64_t about, unsigned flags) {
    io_uring_sqe* entry = next_entry();
    VV_ASSERT(entry != nullptr); // the kernel would hold the socket, and write into buffers that are not its any more
    io_uring_prep_cancel64(entry, about, static_cast<int>(flags));
    io_uring_sqe_set_data64(entry, kNobody);
    return submit();
}

UdpRing::Opened UdpRing::open(std::function<void()> before_reuse) {
    auto storage = std::make_unique<Storage>();
    if (const int error = storage->open(); error != 0) return {nullptr, error};
    return {std::unique_ptr<UdpRing>(new UdpRing(std::move(storage), std::move(before_reuse)))};
}

UdpRing::UdpRing(std::unique_ptr<Storage> storage, std::function<void()> before_reuse)
    : storage_(std::move(storage)),
      before_reuse_(std::move(before_reuse)) {
    storage_->lend_all();
    storage_->handed_on.reserve(kBuffers);
}

UdpRing::~UdpRing() {
    end();
}

int UdpRing::fd() const {
    return storage_->arrival.value();
}

void UdpRing::enable() {
    storage_->enable();
    (void)storage_->submit();
}

void UdpRing::end() {
    auto& storage = *storage_;
    const auto is_any_armed = [&] { return std::ranges::any_of(storage.watched, &Watched::is_armed); };
    if (!is_any_armed()) return;
    if (!storage.cancel(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL)) return;
    while (is_any_armed() && storage.ask_kernel()) {
    }
}

UdpRing::Watch UdpRing::watch(UdpSocket& socket, UdpReceiver& receiver) {
    auto& storage = *storage_;
    // What was in the way of another ring may be over once these are gone.
    storage.is_renewable = true;
    std::uint32_t place = 0;
    if (storage.places_free.empty()) {
        place = static_cast<std::uint32_t>(storage.watched.size());
        storage.watched.emplace_back();
    } else {
        place = storage.places_free.back();
        storage.places_free.pop_back();
    }
    Watched& watched = storage.watched[place];
    watched.socket = &socket;
    watched.receiver = &receiver;
    const Watch watch = (std::uint64_t{watched.generation} << kGenerationShift) | place;
    arm(watch);
    return watch;
}

void UdpRing::arm(Watch watch) {
    Watched& watched = storage_->watched.at(place_of(watch));
    io_uring_sqe* entry = storage_->next_entry();
    watched.has_received = false;
    if (entry == nullptr) return storage_->ended.push_back({watch, false}); // the next time
    io_uring_prep_recvmsg_multishot(entry, watched.socket->fd(), &storage_->receive_form, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = kBufferGroup;
    io_uring_sqe_set_data64(entry, watch);
    watched.is_armed = true;
}

// A request ends for want of buffers, with an error of its socket, and with an empty datagram. True if any was made
// again.
bool UdpRing::arm_ended() {
    auto& storage = *storage_;
    // They would end at once; what has come and holds the buffers is handed on first.
    if (storage.buffers_out == kBuffers) return false;
    bool is_any_armed = false;
    auto ended = std::exchange(storage.ended, {});
    put_in_order(ended);
    for (const auto& [watch, has_received] : ended) {
        const Watched& watched = storage.watched.at(place_of(watch));
        const bool is_same = watched.generation == generation_of(watch);
        if (watched.receiver == nullptr || !is_same || watched.is_armed) continue;
        arm(watch);
        is_any_armed = is_any_armed || watched.is_armed;
    }
    (void)storage.submit();
    return is_any_armed;
}

void UdpRing::unwatch(Watch watch) {
    auto& storage = *storage_;
    const std::uint32_t place = place_of(watch);
    Watched& watched = storage.watched.at(place);
    watched.receiver = nullptr;
    if (watched.is_armed && storage.cancel(watch, 0)) {
        // The last completion of the request says that the kernel has let go of the socket.
        while (watched.is_armed && storage.ask_kernel()) {
        }
    }
    // Its descriptor may be another socket's by the time the kernel takes what is still queued.
    if (watched.is_armed) storage.withdraw(watch);
    watched.socket = nullptr;
    watched.is_armed = false;
    watched.generation = (watched.generation + 1) & kGenerationMask;
    storage.places_free.push_back(place);
}

std::size_t UdpRing::receive(std::size_t most) {
    auto& storage = *storage_;
    storage.is_cut_short = false;
    std::size_t handed = 0;
    for (std::size_t looks = 0; looks < kLooksMax; ++looks) {
        const bool is_answered = storage.ask_kernel();
        while (!storage.came.empty()) {
            if (handed >= most) {
                storage.is_cut_short = true;
                return handed;
            }
            const Completion completion = storage.came.front();
            storage.came.pop_front();
            handed += hand_on(completion);
            // With the last buffer out the kernel would stop receiving.
            if (storage.handed_on.size() < kBuffers / 2) continue;
            before_reuse_();
            give_back();
        }
        // Not only at the end of the round: a socket that is sent nothing but empty datagrams would get one in each.
        const bool is_any_armed = arm_ended();
        if (!is_answered || (!is_any_armed && !storage.is_work_put_off())) return handed;
    }
    storage.is_cut_short = true;
    return handed;
}

// How many datagrams it was; whatever it was, it has taken the time of one.
std::size_t UdpRing::hand_on(const Completion& completion) {
    auto& storage = *storage_;
    if ((completion.flags & IORING_CQE_F_BUFFER) == 0) return 1;
    const auto buffer = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    storage.handed_on.push_back(buffer);
    const Watched& watched = storage.watched.at(place_of(completion.about));
    if (watched.receiver == nullptr || watched.generation != generation_of(completion.about)) return 1;
    io_uring_recvmsg_out* out =
        io_uring_recvmsg_validate(storage.buffer(buffer), completion.result, &storage.receive_form);
    if (out == nullptr || (out->flags & MSG_TRUNC) != 0) return 1;
    NativeAddress remote;
    std::memcpy(&remote.storage, io_uring_recvmsg_name(out),
                std::min<std::size_t>(out->namelen, sizeof remote.storage));
    iovec payload{io_uring_recvmsg_payload(out, &storage.receive_form), out->payloadlen};
    msghdr message{};
    message.msg_iov = &payload;
    message.msg_iovlen = 1;
    message.msg_control = static_cast<std::uint8_t*>(io_uring_recvmsg_name(out)) + storage.receive_form.msg_namelen;
    message.msg_controllen = out->controllen;
    // The receiver may add sockets, which moves `watched`.
    UdpReceiver& receiver = *watched.receiver;
    UdpSocket& socket = *watched.socket;
    return socket.hand_on(message, out->payloadlen, remote.address(),
                          [&receiver](const ReceivedDatagram& in) { receiver.handle_datagram(in); });
}

void UdpRing::give_back() {
    for (const std::uint16_t buffer : storage_->handed_on)
        storage_->add_buffer(buffer);
    storage_->buffers_out -= storage_->handed_on.size();
    storage_->handed_on.clear();
    storage_->publish_buffers();
}

void UdpRing::reuse() {
    auto& storage = *storage_;
    give_back();
    (void)arm_ended();
    if (storage.is_worth_renewing()) storage.renew();
    // What has been taken from the kernel on the way, beside what was asked for, it will not tell of again.
    const bool is_left = storage.is_cut_short || !storage.came.empty() || io_uring_cq_ready(&storage.ring) > 0;
    if (is_left) ::eventfd_write(storage.arrival.value(), 1);
}

void UdpRing::send(int socket, const msghdr& message, std::size_t index) {
    io_uring_sqe* entry = storage_->next_entry();
    if (entry == nullptr) return void(storage_->not_sent.emplace_back(index, ENOBUFS));
    // Without waiting: what the kernel cannot send now is lost, and the message need not outlive submit().
    io_uring_prep_sendmsg(entry, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(entry, kSendMark | index);
}

void UdpRing::submit(const std::function<void(std::size_t, int)>& failed) {
    (void)storage_->submit();
    storage_->take_completions();
    for (const auto& [index, error] : std::exchange(storage_->not_sent, {}))
        failed(index, error);
}

} // namespace vv::net
