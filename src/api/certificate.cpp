#include "visavis/certificate.h"

#include "api/access.h"
#include "crypto/fingerprint.h"
#include "net/clock.h"

#include <utility>

namespace visavis {

struct Certificate::State {
    vv::dtls::Certificate certificate;
    std::string fingerprint;
};

Certificate::Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Certificate Certificate::make() {
    auto certificate = vv::dtls::Certificate::make(vv::net::wall_now());
    std::string fingerprint = vv::crypto::write_fingerprint(certificate.fingerprint());
    return Certificate(std::make_shared<State>(State{std::move(certificate), std::move(fingerprint)}));
}

const std::string& Certificate::fingerprint() const {
    return state_->fingerprint;
}

std::span<const std::uint8_t> Certificate::bytes() const {
    return state_->certificate.bytes();
}

const vv::dtls::Certificate& detail::CertificateAccess::of(const Certificate& certificate) {
    return certificate.state_->certificate;
}

} // namespace visavis
