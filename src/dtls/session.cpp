#include "dtls/session.h"

#include "base/assert.h"
#include "dtls/datagram_bio.h"
#include "dtls/openssl_clock.h"
#include "dtls/openssl_ptr.h"
#include "dtls/partner_check.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vv::dtls {
namespace {

// OpenSSL's own timer never runs out while its clock stands. When ours has, the clock goes to where OpenSSL's ends.
constexpr std::chrono::microseconds kStoppedClock = std::chrono::hours(24);
constexpr unsigned kOpensslTimerMicroseconds = 1'000'000'000;

unsigned openssl_timer(SSL* /*ssl*/, unsigned /*before*/) {
    return kOpensslTimerMicroseconds;
}

} // namespace

struct Session::Tls {
    DatagramPort port;
    std::optional<PartnerCheck> partner;
    SslPtr ssl;
    std::chrono::microseconds openssl_deadline{};

    void open(SSL_CTX& context, const SessionConfig& config);
};

void Session::Tls::open(SSL_CTX& context, const SessionConfig& config) {
    ssl.reset(SSL_new(&context));
    VV_ASSERT(ssl != nullptr);
    partner.emplace(config.partner).attach(*ssl);
    DTLS_set_timer_cb(ssl.get(), openssl_timer);
    BIO* bio = make_datagram_bio(port);
    SSL_set_bio(ssl.get(), bio, bio); // takes it
    VV_ASSERT(SSL_set_mtu(ssl.get(), static_cast<long>(config.mtu)) > 0);
    if (config.role == Role::kActive) {
        SSL_set_connect_state(ssl.get());
    } else {
        SSL_set_accept_state(ssl.get());
    }
}

Session::Session(Certificate certificate) : certificate_(std::move(certificate)), tls_(std::make_unique<Tls>()) {}
Session::~Session() = default;

void Session::start(Instant now, SessionConfig config) {
    VV_ASSERT(!config.partner.empty());
    VV_ASSERT(kMtuMin <= config.fallback_mtu && config.fallback_mtu <= config.mtu && config.mtu <= kMtuMax);
    if (state_ == State::kEnded) return;
    VV_ASSERT(state_ == State::kIdle);
    config_ = std::move(config);
    mtu_ = config_.mtu;
    timer_.set_round_trip(config_.round_trip);
    handshake_deadline_ = now + kHandshakeTimeMax;
    tls_->open(certificate_.context(), config_);
    state_ = State::kHandshake;
    drive(now, {});
    for (const ByteBuffer& datagram : std::exchange(early_, {}))
        handle_input(now, datagram);
}

void Session::keep_early(ByteView datagram) {
    if (early_.size() < kEarlyDatagramsMax && datagram.size() <= kEarlyDatagramSizeMax) {
        early_.emplace_back(datagram.begin(), datagram.end());
    } else {
        ++counters_.dropped_in;
    }
}

void Session::handle_input(Instant now, ByteView datagram) {
    const bool is_ours = !datagram.empty() && datagram.size() <= kDatagramSizeMax && looks_like_dtls(datagram[0]);
    if (!is_ours || state_ == State::kEnded) {
        ++counters_.dropped_in;
    } else if (state_ == State::kIdle) {
        keep_early(datagram);
    } else {
        drive(now, datagram);
    }
}

void Session::handle_timeout(Instant now) {
    if (state_ != State::kHandshake) return;
    if (handshake_deadline_ <= now) {
        fail({Failed::Why::kTimeout, std::nullopt});
    } else if (timer_.is_due(now)) {
        retransmit(now);
    }
}

void Session::drive(Instant now, ByteView datagram) {
    const OpensslClock clock(kStoppedClock);
    ERR_clear_error();
    tls_->port.in = datagram;
    if (state_ == State::kConnected) take_buffers();
    if (state_ == State::kHandshake) continue_handshake(now);
    if (state_ == State::kConnected) read_data();
    tls_->port.in = {};
    give_back_buffers();
}

// What OpenSSL has a record in while it reads or writes it, 19 kB: of a session that rests a good part of all it takes.
void Session::take_buffers() {
    VV_ASSERT(SSL_alloc_buffers(tls_->ssl.get()) == 1);
}

void Session::give_back_buffers() {
    if (state_ == State::kConnected) (void)SSL_free_buffers(tls_->ssl.get()); // unless there is something in them
}

void Session::continue_handshake(Instant now) {
    const int result = SSL_do_handshake(tls_->ssl.get());
    follow_timer(now);
    if (result != 1) {
        judge(result);
        return;
    }
    timer_.stop();
    state_ = State::kConnected;
    const std::optional<PartnerCheck>& partner = tls_->partner;
    VV_ASSERT(partner.has_value());
    events_.emplace_back(Connected{SSL_get_cipher_name(tls_->ssl.get()), export_srtp(), partner->certificate()});
}

void Session::follow_timer(Instant now) {
    const auto told = std::exchange(tls_->port.timer, std::nullopt);
    if (!told) return;
    if (told->count() == 0) {
        timer_.stop();
        return;
    }
    // Else somebody else answers OpenSSL's calls of gettimeofday, and no flight would ever be sent again.
    VV_ASSERT(*told == kStoppedClock + std::chrono::microseconds(kOpensslTimerMicroseconds));
    tls_->openssl_deadline = *told;
    timer_.start(now);
}

void Session::retransmit(Instant now) {
    timer_.back_off(now);
    ++counters_.retransmissions;
    // Only if it may help: most flights are small once they are sent again, each message by itself.
    if (timer_.retransmissions() > kRetransmissionsBeforeFallback && tls_->port.largest > config_.fallback_mtu) {
        mtu_ = config_.fallback_mtu;
        VV_ASSERT(SSL_set_mtu(tls_->ssl.get(), static_cast<long>(mtu_)) > 0);
    }
    tls_->port.largest = 0;
    const OpensslClock clock(tls_->openssl_deadline);
    ERR_clear_error();
    const long result = DTLSv1_handle_timeout(tls_->ssl.get());
    if (const auto told = std::exchange(tls_->port.timer, std::nullopt)) tls_->openssl_deadline = *told;
    if (result < 0) judge(static_cast<int>(result));
}

// Until OpenSSL has nothing more of the datagram.
void Session::read_data() {
    std::array<std::uint8_t, kDatagramSizeMax> buffer{};
    while (state_ == State::kConnected) {
        const int result = SSL_read(tls_->ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (result <= 0) {
            judge(result);
            return;
        }
        take(ByteView(buffer).first(static_cast<std::size_t>(result)));
    }
}

void Session::take(ByteView data) {
    if (received_ >= kReceivedMax || received_size_ + data.size() > kReceivedSizeMax) {
        ++counters_.dropped_data;
        return;
    }
    ++received_;
    received_size_ += data.size();
    events_.emplace_back(Received{{data.begin(), data.end()}});
}

std::optional<SrtpKeys> Session::export_srtp() const {
    const SRTP_PROTECTION_PROFILE* selected = SSL_get_selected_srtp_profile(tls_->ssl.get());
    const auto profile =
        selected != nullptr ? srtp::profile_from_number(static_cast<std::uint16_t>(selected->id)) : std::nullopt;
    if (!profile) return std::nullopt;
    ByteBuffer bytes(srtp::exported_size(*profile));
    VV_ASSERT(SSL_export_keying_material(tls_->ssl.get(), bytes.data(), bytes.size(), srtp::kExporterLabel.data(),
                                         srtp::kExporterLabel.size(), nullptr, 0, 0) == 1);
    const crypto::SecretBytes exported(std::move(bytes)); // which wipes them
    return srtp_keys_from(*profile, config_.role == Role::kActive, exported.view());
}

void Session::judge(int result) {
    switch (SSL_get_error(tls_->ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return;
    case SSL_ERROR_ZERO_RETURN:
        events_.emplace_back(Closed{});
        close(); // RFC 5246 §7.2.1: answered with one of our own
        return;
    default:
        fail(why_failed());
    }
}

Failed Session::why_failed() const {
    if (const auto& partner = tls_->partner) {
        if (partner->is_wrong()) return {Failed::Why::kWrongFingerprint, std::nullopt};
        if (const auto alert = partner->fatal_alert()) return {Failed::Why::kAlert, alert};
    }
    switch (ERR_GET_REASON(ERR_peek_last_error())) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return {Failed::Why::kNoCertificate, std::nullopt};
    case SSL_R_READ_TIMEOUT_EXPIRED:
        return {Failed::Why::kTimeout, std::nullopt};
    default:
        return {Failed::Why::kProtocol, std::nullopt};
    }
}

void Session::fail(const Failed& failed) {
    events_.emplace_back(failed);
    end();
}

void Session::end() {
    state_ = State::kEnded;
    timer_.stop();
    early_.clear();
    tls_->ssl.reset(); // what it has written last stays in the port
    ERR_clear_error();
}

Result<void, SendError> Session::send(ByteView data) {
    if (state_ != State::kConnected) return Failure(SendError::kNotConnected);
    if (data.empty() || data.size() > send_max()) return Failure(SendError::kBadSize);
    if (tls_->port.out.size() >= kTransmitQueueMax) return Failure(SendError::kQueueFull);
    const OpensslClock clock(kStoppedClock);
    ERR_clear_error();
    take_buffers();
    const int size = static_cast<int>(data.size());
    const int result = SSL_write(tls_->ssl.get(), data.data(), size);
    if (result != size) judge(result);
    give_back_buffers();
    if (result == size) return {};
    return Failure(SendError::kNotConnected);
}

void Session::close() {
    if (state_ == State::kEnded) return;
    if (state_ == State::kConnected) {
        ERR_clear_error();
        take_buffers();
        (void)SSL_shutdown(tls_->ssl.get()); // to be told once; whether it arrives is not waited for
    }
    end();
}

std::optional<ByteBuffer> Session::poll_transmit() {
    auto& out = tls_->port.out;
    if (out.empty()) return std::nullopt;
    ByteBuffer datagram = std::move(out.front());
    out.pop_front();
    return datagram;
}

std::optional<Event> Session::poll_event() {
    if (events_.empty()) return std::nullopt;
    Event event = std::move(events_.front());
    events_.pop_front();
    if (const auto* received = std::get_if<Received>(&event)) {
        --received_;
        received_size_ -= received->data.size();
    }
    return event;
}

SessionCounters Session::counters() const {
    SessionCounters counters = counters_;
    counters.dropped_out = tls_->port.overflowed;
    return counters;
}

std::optional<Instant> Session::poll_timeout() const {
    if (state_ != State::kHandshake) return std::nullopt;
    return std::min(handshake_deadline_, timer_.deadline().value_or(handshake_deadline_));
}

} // namespace vv::dtls
