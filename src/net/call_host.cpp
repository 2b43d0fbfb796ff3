#include "net/call_host.h"

#include "base/overloaded.h"
#include "net/caller_line.h"
#include "net/clock.h"
#include "net/host_search.h"
#include "net/ice_servers.h"
#include "net/mark.h"
#include "net/os_rng.h"
#include "net/peer_host.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <set>
#include <stdexcept>
#include <utility>

namespace vv::net {
namespace {

/// For the last word to leave, and for a first repeat of it; then for what closing sends.
constexpr std::chrono::milliseconds kFarewellTime{200};
constexpr std::chrono::milliseconds kClosingTime{50};
/// Between looks at this machine's addresses during a call.
constexpr std::chrono::seconds kLookTime{1};
/// So many of them try to open a socket on an address that has none yet.
constexpr int kSocketTriesMax = 10;

// What is left to a call that is to become direct: a relay answers STUN over UDP as well, and stands for it where none
// is told (docs/protocol.md).
std::vector<caller::IceUrl> stun_of(const std::vector<caller::IceServer>& servers) {
    std::vector<caller::IceUrl> urls = stun_urls(servers);
    if (!urls.empty()) return urls;
    for (const caller::IceServer& server : servers) {
        for (const std::string& text : server.urls) {
            const auto url = caller::parse_ice_url(text);
            if (url && url->is_relay && url->transport == turn::Transport::kUdp) return {*url};
        }
    }
    return urls;
}

} // namespace

struct CallHost::State final : TimerHandler {
    State(EventLoop& event_loop, Options host_options, Told listener)
        : loop(event_loop),
          options(std::move(host_options)),
          told(std::move(listener)),
          line(loop, options.page, options.device, options.trusted_pem,
               [this](caller::ClientEvent event) {
                   is_busy = true;
                   call.handle_client(loop.now(), std::move(event));
                   drain();
               }),
          call(options.call, line.client(), rng),
          timer(loop.timers(), *this),
          look_timer(loop.timers(), *this) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() = default;

    // A connection that has been let go: it says its last word, then closes.
    struct Farewell {
        Farewell(State& state, std::unique_ptr<PeerHost> host)
            : peer(std::move(host)),
              timer(state.loop.timers(), state) {
            timer.arm(state.loop.now() + kFarewellTime);
        }
        std::unique_ptr<PeerHost> peer;
        Timer timer;
        bool is_closed = false;
    };

    void handle_timeout(Timer& which, Instant now) override;
    void handle_farewell(std::list<Farewell>::iterator farewell);
    void drain();
    void carry_out(const call::Command& command);
    void make_connection(bool has_new_certificate);
    void open_connection(bool has_new_certificate);
    void gather(const call::Gather& wanted);
    void search(const caller::IceUrl& url);
    void note_servers();
    void let_go();
    void look();
    void look_again();
    void finish_leaving();

    EventLoop& loop;
    Options options;
    Told told;
    OsRng rng;
    CallerLine line;
    call::Call call;
    Timer timer;
    Timer look_timer;
    std::unique_ptr<PeerHost> peer;
    std::optional<dtls::Certificate> certificate;
    std::uint64_t connection = 0; // whose events are heard
    bool has_started = false;     // the present one's sockets
    bool uses_relays = false;
    std::set<std::string> searched; // STUN servers, of the present connection
    std::list<std::unique_ptr<HostSearch>> searches;
    std::size_t searching = 0;
    std::list<Farewell> farewells;
    std::vector<IpAddress> addresses;
    int socket_tries = 0;
    std::function<void()> gone;
    bool is_leaving = false;
    bool is_draining = false;
    bool is_busy = false; // there may be more to do
};

// ---- time

void CallHost::State::handle_timeout(Timer& which, Instant now) {
    if (&which == &look_timer) return look();
    if (&which == &timer) {
        call.handle_timeout(now);
        drain();
        return;
    }
    for (auto farewell = farewells.begin(); farewell != farewells.end(); ++farewell) {
        if (&farewell->timer == &which) return handle_farewell(farewell);
    }
}

void CallHost::State::handle_farewell(std::list<Farewell>::iterator farewell) {
    if (!std::exchange(farewell->is_closed, true)) {
        farewell->peer->connection().close(loop.now());
        farewell->peer->flush();
        farewell->timer.arm(loop.now() + kClosingTime);
        return;
    }
    farewells.erase(farewell);
    finish_leaving();
}

// Networks come and go without a word to us.
void CallHost::State::look() {
    if (!peer) return;
    look_timer.arm(loop.now() + kLookTime);
    std::vector<IpAddress> found;
    try {
        found = options.interfaces();
    } catch (const std::runtime_error&) {
        return; // short of descriptors or memory: the next look may have them
    }
    std::ranges::sort(found);
    if (std::exchange(addresses, found) != found) {
        socket_tries = 0;
        call.handle_network_changed(loop.now());
    } else if (peer->lacks_socket() && socket_tries < kSocketTriesMax) {
        ++socket_tries;
        look_again();
    }
    drain();
}

void CallHost::State::look_again() {
    try {
        if (peer && has_started) peer->look_again();
    } catch (const std::runtime_error&) {
        addresses.clear(); // so that the next look tries it again
    }
}

// ---- what follows from what was heard or done

// Whoever is told may act at once; what comes of it is done here, after what is being done.
void CallHost::State::drain() {
    if (is_draining) return;
    {
        const Mark draining(is_draining);
        do {
            is_busy = false;
            while (const auto command = call.poll_command()) {
                carry_out(*command);
                is_busy = true;
            }
            while (auto event = call.poll_event()) {
                told(*std::move(event));
                is_busy = true;
            }
            line.drain();
            // Before it says which candidates there are, it is to know of the servers that are told.
            if (peer && !is_busy) peer->flush();
        } while (is_busy);
    }
    if (const auto due = call.poll_timeout())
        timer.arm(*due);
    else
        timer.cancel();
    finish_leaving();
}

void CallHost::State::carry_out(const call::Command& command) {
    std::visit(Overloaded{
                   [this](const call::MakeConnection& make) { make_connection(make.has_new_certificate); },
                   [this](const call::Gather& wanted) { gather(wanted); },
                   [this](const call::LookAgain&) { look_again(); },
                   [this](const call::DropConnection&) { let_go(); },
               },
               command);
}

void CallHost::State::make_connection(bool has_new_certificate) {
    let_go();
    try {
        open_connection(has_new_certificate);
    } catch (const std::runtime_error&) { // this machine has no descriptor left, or no memory
        line.client().fail(loop.now(), caller::EndReason::kFailed);
        is_busy = true;
    }
}

void CallHost::State::open_connection(bool has_new_certificate) {
    if (has_new_certificate || !certificate) certificate = dtls::Certificate::make(wall_now());
    PeerHost::Options peer_options;
    peer_options.addresses = options.addresses;
    peer_options.interfaces = options.interfaces;
    peer_options.expects_servers = true;
    const std::uint64_t number = ++connection;
    peer =
        std::make_unique<PeerHost>(loop, std::move(peer_options), *certificate, rng, [this, number](peer::Event event) {
            if (number != connection) return;
            is_busy = true;
            call.handle_peer(loop.now(), std::move(event));
            drain();
        });
    call.attach(loop.now(), peer->connection(), *certificate);
}

void CallHost::State::let_go() {
    ++connection;
    has_started = uses_relays = false;
    searched.clear();
    for (auto& each : searches) {
        each->cancel();
        loop.defer([ended = std::shared_ptr(std::move(each))] {}); // it may be the one that is calling
    }
    searches.clear();
    searching = 0;
    look_timer.cancel();
    if (!peer) return;
    peer->flush();
    farewells.emplace_back(*this, std::move(peer));
}

// ---- addresses

void CallHost::State::gather(const call::Gather& wanted) {
    if (!peer) return;
    if (!has_started) {
        if (wanted.is_relay_only) peer->hide();
        has_started = true;
        peer->start();
        socket_tries = 0;
        try {
            addresses = options.interfaces();
        } catch (const std::runtime_error&) {
            addresses.clear();
        }
        std::ranges::sort(addresses);
        look_timer.arm(loop.now() + kLookTime);
    }
    uses_relays = wanted.uses_relays;
    if (!wanted.is_relay_only) {
        for (const caller::IceUrl& url : stun_of(wanted.servers))
            search(url);
    }
    if (uses_relays) peer->add_servers({}, turn_logins(wanted.servers, options.trusted_pem));
    note_servers();
}

void CallHost::State::search(const caller::IceUrl& url) {
    if (!searched.insert(url.host + ' ' + std::to_string(url.port)).second) return;
    ++searching;
    const std::uint64_t number = connection;
    searches.push_back(std::make_unique<HostSearch>(loop, url.host, url.port, resolve,
                                                    [this, number](const std::vector<SocketAddress>& places) {
                                                        if (number != connection || !peer) return;
                                                        --searching;
                                                        peer->add_servers(one_of_each(places), {});
                                                        note_servers();
                                                        drain();
                                                    }));
}

// While the relay has not had its turn there may be more.
void CallHost::State::note_servers() {
    if (uses_relays && searching == 0) peer->expect_no_more_servers();
}

// ---- the end

void CallHost::State::finish_leaving() {
    if (!is_leaving || is_draining || peer || !farewells.empty()) return;
    is_leaving = false;
    if (gone) loop.defer(std::exchange(gone, {}));
}

CallHost::CallHost(EventLoop& loop, Options options, Told told)
    : state_(std::make_unique<State>(loop, std::move(options), std::move(told))) {}

CallHost::~CallHost() = default;

void CallHost::start() {
    state_->call.start(now());
    state_->drain();
}

void CallHost::accept() {
    state_->call.accept(now());
    state_->drain();
}

void CallHost::decline() {
    state_->call.decline(now());
    state_->drain();
}

void CallHost::next() {
    state_->call.next(now());
    state_->drain();
}

void CallHost::leave(std::function<void()> gone) {
    if (gone) state_->gone = std::move(gone); // else that of a leave() before
    state_->is_leaving = true;
    state_->call.leave(now());
    state_->drain();
}

void CallHost::handle_network_changed() {
    state_->call.handle_network_changed(now());
    state_->drain();
}

Result<void, call::ChatError> CallHost::chat(std::string_view text) {
    auto said = state_->call.chat(now(), text);
    state_->drain();
    return said;
}

Result<void, peer::MediaError> CallHost::send_audio(std::uint32_t media_time, ByteView packet) {
    auto sent = state_->call.send_audio(now(), media_time, packet);
    state_->drain();
    return sent;
}

Result<void, peer::MediaError> CallHost::send_video(std::uint32_t media_time, ByteView picture) {
    auto sent = state_->call.send_video(now(), media_time, picture);
    state_->drain();
    return sent;
}

void CallHost::request_keyframe() {
    state_->call.request_keyframe(now());
    state_->drain();
}

void CallHost::confirm_code(bool is_same) {
    state_->call.confirm_code(now(), is_same);
    state_->drain();
}

call::Report CallHost::report() const {
    return state_->call.report();
}

bool CallHost::is_connected() const {
    return state_->call.is_connected();
}

Instant CallHost::now() const {
    return state_->loop.now();
}

const std::optional<WebSocketEnd>& CallHost::last_end() const {
    return state_->line.last_end();
}

} // namespace vv::net
