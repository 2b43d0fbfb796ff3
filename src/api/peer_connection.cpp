#include "visavis/peer_connection.h"

#include "api/access.h"
#include "api/calls.h"
#include "api/convert.h"
#include "api/ice_servers.h"
#include "base/overloaded.h"
#include "net/os_rng.h"
#include "net/peer_host.h"

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace visavis {

using vv::api::inner;
using vv::api::outer;

namespace {

vv::net::PeerHost::Options options_of(const PeerOptions& options) {
    vv::api::check_audio_delay(options.audio_delay);
    vv::net::PeerHost::Options out{.connection = {.audio_delay = options.audio_delay},
                                   .relays = vv::api::read_ice_servers(options.ice_servers).relays,
                                   .is_relay_only = options.is_relay_only,
                                   .addresses = {},
                                   .expects_servers = true};
    for (const std::string& text : options.addresses) {
        const auto ip = vv::IpAddress::parse(text);
        if (!ip) throw std::invalid_argument("not an IP address: " + text);
        out.addresses.push_back(*ip);
    }
    return out;
}

// A connection begins now, not when the loop's last round did.
vv::net::EventLoop& caught_up(vv::net::EventLoop& loop) {
    loop.catch_up();
    return loop;
}

// Without sockets nobody asks them, and a name that is looked up tells of them.
std::vector<vv::caller::IceUrl> stun_of(const PeerOptions& options) {
    if (options.is_relay_only) return {};
    return vv::api::read_ice_servers(options.ice_servers).stun;
}

} // namespace

// All calls only tell the machine; what follows from them is sent and told in a round of the loop.
class PeerConnection::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(Loop& loop, const PeerOptions& options, PeerHandlers handlers)
        : loop_(detail::LoopAccess::of(loop)),
          certificate_(options.certificate ? *options.certificate : Certificate::make()),
          handlers_(std::move(handlers)),
          host_(caught_up(loop_), options_of(options), detail::CertificateAccess::of(certificate_), rng_,
                [this](vv::peer::Event event) { tell(std::move(event)); }),
          stun_(
              loop_, stun_of(options),
              [this](const std::vector<vv::SocketAddress>& places) {
                  if (!has_ended()) host_.add_servers(places, {});
              },
              [this] {
                  if (!has_ended()) host_.expect_no_more_servers();
              }) {}

    void begin() {
        loop_.defer([weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || self->has_ended()) return;
            self->has_started_ = true;
            self->host_.start();
            self->stun_.begin();
        });
    }

    /// Its user is gone.
    void end() {
        is_silent_ = true;
        if (!has_ended()) connection().close(now());
        host_.flush();
        // Whoever has called this may be in a round of ours.
        loop_.defer([self = shared_from_this()] {});
    }

    [[nodiscard]] vv::peer::PeerConnection& connection() { return host_.connection(); }
    [[nodiscard]] const Certificate& certificate() const { return certificate_; }
    [[nodiscard]] vv::Instant now() {
        loop_.catch_up();
        return loop_.now();
    }
    /// After each call that may have made something to send or to tell.
    void settle() {
        if (std::exchange(is_flush_due_, true)) return;
        loop_.defer([self = shared_from_this()] {
            self->is_flush_due_ = false;
            self->host_.flush();
            self->tell_gathered();
        });
    }
    void note_described() { is_gathered_told_ = false; }
    /// ICE is to look for another path: this machine may be in another network by now.
    void follow_addresses() {
        if (!has_started_ || has_ended()) return;
        loop_.catch_up();
        try {
            host_.follow_addresses();
        } catch (const std::runtime_error&) {
            return; // the kernel cannot be asked: the sockets that there are have to do
        }
    }

private:
    [[nodiscard]] bool has_ended() { return connection().state() == vv::peer::State::kClosed; }

    template <typename Handler, typename Told>
    static void call(const Handler& handler, const Told& told) {
        if (handler) handler(told);
    }
    // A description may be made when all is known by then.
    void tell_gathered() noexcept {
        if (is_silent_ || !connection().has_all_candidates() || std::exchange(is_gathered_told_, true)) return;
        if (handlers_.gathered) handlers_.gathered();
    }
    // What is called is a user's: nothing it throws may unwind through the machines.
    // NOLINTNEXTLINE(bugprone-exception-escape): it ends the program, as documented
    void tell(vv::peer::Event event) noexcept {
        if (is_silent_) return;
        std::visit(
            vv::Overloaded{
                [&](const vv::peer::StateChanged& change) { call(handlers_.state, outer(change)); },
                [&](vv::peer::Candidate& one) { call(handlers_.candidate, outer(std::move(one))); },
                [](const vv::peer::NameToResolve&) {}, // the host has looked
                [&](const vv::peer::PathChanged& change) { call(handlers_.path, outer(change.path)); },
                [&](const vv::peer::Secured& secured) { call(handlers_.secured, outer(secured)); },
                [&](vv::peer::ChannelOpened& opened) { call(handlers_.channel_opened, outer(std::move(opened))); },
                [&](vv::peer::ChannelMessage& message) { call(handlers_.message, outer(std::move(message))); },
                [&](const vv::peer::ChannelBufferedLow& low) {
                    call(handlers_.channel_low, ChannelLow{outer(low.id)});
                },
                [&](const vv::peer::ChannelClosed& closed) {
                    call(handlers_.channel_closed, ChannelClosed{outer(closed.id)});
                },
                [](const vv::peer::ChannelsEnded&) {}, // each of them was told
                [&](vv::peer::AudioFrame& frame) { call(handlers_.audio, outer(std::move(frame))); },
                [&](vv::peer::VideoFrame& frame) { call(handlers_.video, outer(std::move(frame))); },
                [&](const vv::peer::KeyframeWanted&) { call(handlers_.keyframe_wanted, KeyframeWanted{}); },
            },
            event);
        tell_gathered();
    }

    vv::net::EventLoop& loop_;
    vv::net::OsRng rng_;
    Certificate certificate_;
    PeerHandlers handlers_;
    vv::net::PeerHost host_;
    vv::api::StunPlaces stun_;
    bool has_started_ = false;
    bool is_silent_ = false;
    bool is_gathered_told_ = true; // of the newest description
    bool is_flush_due_ = false;
};

PeerConnection::PeerConnection(Loop& loop, const PeerOptions& options, PeerHandlers handlers)
    : impl_(std::make_shared<Impl>(loop, options, std::move(handlers))) {
    impl_->begin();
}

PeerConnection::~PeerConnection() {
    impl_->end();
}

// ---- descriptions

void PeerConnection::want(MediaKind kind, std::optional<Direction> direction) {
    impl_->connection().want(inner(kind), direction ? std::optional(inner(*direction)) : std::nullopt);
}

void PeerConnection::want_data() {
    impl_->connection().want_data();
}

Result<std::string> PeerConnection::make_offer(IceRestart restart) {
    impl_->settle();
    if (restart == IceRestart::kYes) impl_->follow_addresses();
    auto offer = vv::api::make_offer(impl_->connection(), impl_->now(), restart);
    if (offer) impl_->note_described();
    return offer;
}

Result<void> PeerConnection::take_offer(std::string_view sdp) {
    impl_->settle();
    return outer(impl_->connection().take_offer(impl_->now(), sdp));
}

Result<std::string> PeerConnection::make_answer() {
    impl_->settle();
    if (impl_->connection().has_restart_to_answer()) impl_->follow_addresses();
    auto answer = outer(impl_->connection().make_answer(impl_->now()));
    if (answer) impl_->note_described();
    return answer;
}

Result<void> PeerConnection::take_answer(std::string_view sdp) {
    impl_->settle();
    return outer(impl_->connection().take_answer(impl_->now(), sdp));
}

bool PeerConnection::withdraw_offer() {
    impl_->settle();
    return impl_->connection().withdraw_offer(impl_->now());
}

std::string PeerConnection::local_description() const {
    return impl_->connection().local_description().value_or(std::string());
}

bool PeerConnection::add_remote_candidate(const Candidate& candidate) {
    impl_->settle();
    return impl_->connection().add_remote_candidate(impl_->now(), inner(candidate));
}

std::optional<Direction> PeerConnection::direction(MediaKind kind) const {
    return vv::api::direction(impl_->connection(), kind);
}

bool PeerConnection::has_data() const {
    return impl_->connection().has_data();
}

// ---- data channels

Result<ChannelId> PeerConnection::open_channel(const ChannelOptions& options) {
    impl_->settle();
    return vv::api::open_channel(impl_->connection(), impl_->now(), options);
}

Result<void> PeerConnection::send(ChannelId id, std::span<const std::uint8_t> bytes) {
    impl_->settle();
    return vv::api::send(impl_->connection(), impl_->now(), id, vv::sctp::PayloadKind::kBytes, bytes);
}

Result<void> PeerConnection::send(ChannelId id, std::string_view text) {
    impl_->settle();
    return vv::api::send(impl_->connection(), impl_->now(), id, vv::sctp::PayloadKind::kText, vv::as_bytes(text));
}

std::size_t PeerConnection::buffered(ChannelId id) const {
    return impl_->connection().buffered(inner(id));
}

void PeerConnection::set_low_mark(ChannelId id, std::size_t bytes) {
    impl_->connection().set_buffered_low(inner(id), bytes);
}

void PeerConnection::close_channel(ChannelId id) {
    impl_->settle();
    impl_->connection().close_channel(impl_->now(), inner(id));
}

// ---- media

Result<void> PeerConnection::send_audio(std::uint32_t media_time, std::span<const std::uint8_t> packet) {
    impl_->settle();
    return vv::api::send_audio(impl_->connection(), impl_->now(), media_time, packet);
}

Result<void> PeerConnection::send_video(std::uint32_t media_time, std::span<const std::uint8_t> picture) {
    impl_->settle();
    return vv::api::send_video(impl_->connection(), impl_->now(), media_time, picture);
}

void PeerConnection::request_keyframe() {
    impl_->settle();
    impl_->connection().request_keyframe(impl_->now());
}

// ---- what is known

State PeerConnection::state() const {
    return outer(impl_->connection().state());
}

std::optional<Fault> PeerConnection::fault() const {
    return vv::api::fault(impl_->connection());
}

std::optional<Path> PeerConnection::path() const {
    return vv::api::path(impl_->connection());
}

std::optional<Security> PeerConnection::security() const {
    return vv::api::security(impl_->connection());
}

Stats PeerConnection::stats() const {
    return vv::api::stats(impl_->connection());
}

std::string PeerConnection::fingerprint() const {
    return impl_->certificate().fingerprint();
}

std::vector<std::string> PeerConnection::remote_fingerprints() const {
    return vv::api::remote_fingerprints(impl_->connection());
}

void PeerConnection::close() {
    impl_->settle();
    impl_->connection().close(impl_->now());
}

} // namespace visavis
