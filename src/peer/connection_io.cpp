// Packets and time: what comes in, what goes out, and how the connection stands.
#include "base/overloaded.h"
#include "peer/connection.h"

#include <algorithm>
#include <utility>

namespace vv::peer {
namespace {

Fault fault_of(const dtls::Failed& failed) {
    switch (failed.why) {
    case dtls::Failed::Why::kWrongFingerprint:
        return {Fault::Why::kWrongFingerprint};
    case dtls::Failed::Why::kNoCertificate:
        return {Fault::Why::kNoCertificate};
    case dtls::Failed::Why::kAlert:
        return {Fault::Why::kRefused, failed.alert};
    case dtls::Failed::Why::kTimeout:
        return {Fault::Why::kHandshakeTimeout};
    case dtls::Failed::Why::kProtocol:
        break;
    }
    return {Fault::Why::kHandshake};
}

} // namespace

// ---- what comes

void PeerConnection::handle_input(Instant now, const ice::Route& route, ByteView packet) {
    if (has_ended()) {
        ++counters_.after_end;
        return;
    }
    path_.handle_input(now, route, packet, counters_);
    settle(now);
}

void PeerConnection::handle_timeout(Instant now) {
    if (has_ended()) return;
    path_.handle_timeout(now);
    channels_.handle_timeout(now);
    media_.handle_timeout(now);
    settle(now);
}

// What follows from what was just handled.
void PeerConnection::settle(Instant now) {
    now_ = now;
    note_generation(now);
    path_.settle(now, counters_);
    while (auto happening = has_ended() ? std::nullopt : path_.poll())
        handle(now, *happening);
    if (!path_.agent().path()) media_.drop_packets();
    const auto round_trip = path_.agent().round_trip();
    if (!round_trip || round_trip == round_trip_told_) return;
    round_trip_told_ = round_trip;
    media_.set_round_trip(*round_trip);
}

// Candidates of an older one are nothing any more.
void PeerConnection::note_generation(Instant now) {
    const std::string& ufrag = path_.agent().local_credentials().ufrag;
    if (generation_ == ufrag) return;
    generation_ = ufrag;
    candidates_.clear();
    names_.clear();
    known_.clear();
    candidates_told_ = 0;
    has_all_candidates_ = is_end_told_ = false;
    if (is_gathering_finished_) path_.agent().finish_gathering(now);
}

void PeerConnection::handle(Instant now, Happening& happening) {
    std::visit(
        Overloaded{
            [&](const ice::CandidateFound& found) { candidates_.push_back(ice::write_candidate(found.candidate)); },
            [&](const ice::GatheringDone&) { has_all_candidates_ = true; },
            [&](ice::NameToResolve& name) { names_.push_back(std::move(name.name)); },
            [&](const ice::PathChanged& change) {
                path_news_ = change.path;
                had_path_ = true;
            },
            [&](dtls::Connected& connected) {
                const auto profile = connected.srtp ? std::optional(connected.srtp->profile) : std::nullopt;
                security_ = Secured{std::move(connected.cipher), profile, connected.partner};
                if (!connected.srtp && media_.is_agreed()) return fail({Fault::Why::kNoSrtp});
                if (!connected.srtp) descriptions_.forbid_media();
                if (connected.srtp) media_.set_keys(now, *connected.srtp, counters_);
                begin_channels(now);
            },
            [&](const dtls::Closed&) { end(now, sctp::EndReason::kPeerAborted); },
            [&](const dtls::Failed& failed) { fail(fault_of(failed)); },
            [&](MediaPacket& packet) { media_.handle_packet(now, std::move(packet.bytes), counters_); },
            [&](const DataPacket& packet) { channels_.handle_input(now, packet.bytes); },
        },
        happening);
}

// ---- what goes

bool PeerConnection::can_send() const {
    return !has_ended() && path_.is_secure() && media_.has_keys() && path_.agent().path();
}

std::optional<ice::Transmit> PeerConnection::poll_transmit() {
    if (!farewell_.empty()) {
        ice::Transmit last = std::move(farewell_.front());
        farewell_.pop_front();
        return last;
    }
    if (has_ended()) return std::nullopt;
    if (auto transmit = path_.poll_transmit(counters_)) return transmit;
    const auto path = path_.agent().path();
    if (!path || !path_.is_secure()) return std::nullopt; // what SCTP has to say waits
    if (auto packet = media_.poll_transmit()) return ice::Transmit{path->route, std::move(*packet)};
    while (const auto packet = channels_.poll_transmit()) {
        path_.send_data(*packet);
        if (auto transmit = path_.poll_datagram(counters_)) return transmit;
    }
    return std::nullopt;
}

std::optional<Instant> PeerConnection::poll_timeout() const {
    if (has_ended()) return std::nullopt;
    std::optional<Instant> next = path_.poll_timeout();
    for (const auto at : {channels_.poll_timeout(), media_.poll_timeout()}) {
        if (at && (!next || *at < *next)) next = at;
    }
    return next;
}

// ---- the end

void PeerConnection::close(Instant now) {
    if (has_ended()) return;
    settle(now);
    if (has_ended()) return;
    const auto path = path_.agent().path();
    if (path && path_.is_secure()) {
        media_.drop_packets();
        media_.say_goodbye(now);
        while (auto packet = media_.poll_transmit())
            farewell_.push_back({path->route, std::move(*packet)});
        channels_.abort(now);
        while (const auto packet = channels_.poll_transmit()) {
            path_.send_data(*packet);
            collect_farewell();
        }
    }
    end(now, sctp::EndReason::kAborted);
}

void PeerConnection::end(Instant now, sctp::EndReason reason) {
    now_ = now;
    path_.close();
    collect_farewell();
    channels_.end(reason);
    is_closed_ = true;
}

// With the alert that tells the other end.
void PeerConnection::fail(const Fault& fault) {
    fault_ = fault;
    path_.close();
    collect_farewell();
    channels_.end(sctp::EndReason::kAborted);
}

void PeerConnection::collect_farewell() {
    while (auto transmit = path_.poll_datagram(counters_))
        farewell_.push_back(std::move(*transmit));
}

// ---- what is told

std::optional<Event> PeerConnection::poll_event() {
    if (has_ended()) {
        if (auto event = channels_.poll_event()) return event;
        return poll_state();
    }
    if (auto candidate = poll_own_candidate()) return candidate;
    if (!names_.empty()) {
        NameToResolve name{std::move(names_.front())};
        names_.pop_front();
        return name;
    }
    if (const auto path = std::exchange(path_news_, std::nullopt)) return PathChanged{*path};
    if (security_ && !std::exchange(is_security_told_, true)) return *security_;
    if (auto state = poll_state()) return state;
    if (auto event = channels_.poll_event()) return event;
    return media_.poll_event(now_);
}

std::optional<Event> PeerConnection::poll_own_candidate() {
    const auto& mid = descriptions_.own_mid();
    if (!mid) return std::nullopt;
    if (candidates_told_ < candidates_.size()) return Candidate{candidates_[candidates_told_++], *mid, generation_};
    if (has_all_candidates_ && !std::exchange(is_end_told_, true)) return Candidate{{}, *mid, generation_};
    return std::nullopt;
}

std::optional<Event> PeerConnection::poll_state() {
    const State now_in = state();
    if (now_in == state_told_) return std::nullopt;
    state_told_ = now_in;
    return StateChanged{now_in, now_in == State::kFailed ? fault() : std::nullopt};
}

State PeerConnection::state() const {
    if (is_closed_) return State::kClosed;
    if (fault_) return State::kFailed;
    const bool is_secure = path_.is_secure();
    switch (path_.agent().state()) {
    case ice::State::kNew:
        if (!descriptions_.agreement()) return State::kNew;
        // A restart that has no answer yet, and the path before it is gone: there may never be one.
        return had_path_ ? State::kFailed : State::kConnecting;
    case ice::State::kFailed:
        return State::kFailed;
    case ice::State::kDisconnected:
        return is_secure ? State::kDisconnected : State::kConnecting;
    case ice::State::kConnected:
    case ice::State::kCompleted:
        return is_secure ? State::kConnected : State::kConnecting;
    case ice::State::kChecking:
        break;
    }
    return State::kConnecting;
}

std::optional<Fault> PeerConnection::fault() const {
    if (fault_) return fault_;
    if (state() != State::kFailed) return std::nullopt;
    return Fault{had_path_ ? Fault::Why::kPathLost : Fault::Why::kNoPath};
}

std::optional<ice::PathInfo> PeerConnection::path() const {
    return has_ended() ? std::nullopt : path_.agent().path();
}

const std::optional<Secured>& PeerConnection::security() const {
    return security_;
}

std::optional<Duration> PeerConnection::round_trip() const {
    return path_.agent().round_trip();
}

const Counters& PeerConnection::counters() const {
    return counters_;
}

const ice::Agent& PeerConnection::ice() const {
    return path_.agent();
}

dtls::SessionCounters PeerConnection::dtls_counters() const {
    return path_.dtls().counters();
}

std::string_view name_of(State state) {
    switch (state) {
    case State::kNew:
        return "new";
    case State::kConnecting:
        return "connecting";
    case State::kConnected:
        return "connected";
    case State::kDisconnected:
        return "disconnected";
    case State::kFailed:
        return "failed";
    case State::kClosed:
        break;
    }
    return "closed";
}

std::string_view name_of(Fault::Why why) {
    switch (why) {
    case Fault::Why::kNoPath:
        return "no path";
    case Fault::Why::kPathLost:
        return "path lost";
    case Fault::Why::kWrongFingerprint:
        return "wrong fingerprint";
    case Fault::Why::kNoCertificate:
        return "no certificate";
    case Fault::Why::kRefused:
        return "handshake refused";
    case Fault::Why::kHandshakeTimeout:
        return "handshake unanswered";
    case Fault::Why::kHandshake:
        return "handshake impossible";
    case Fault::Why::kNoSrtp:
        break;
    }
    return "no keys for media";
}

} // namespace vv::peer
