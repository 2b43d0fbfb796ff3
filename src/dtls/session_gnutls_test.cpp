// Another reading of RFC 6347 and 5764: GnuTLS as the partner, in either role.
#include "dtls/link_for_test.h"
#include "dtls/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string>
#include <string_view>
#include <utility>

namespace vv::dtls {
namespace {

using namespace test;

constexpr unsigned kPartnerMtu = 400; // so that its flights are many datagrams

crypto::SecretBytes secret_of(const gnutls_datum_t& datum) {
    return crypto::SecretBytes(std::string_view(reinterpret_cast<const char*>(datum.data), datum.size));
}

class GnutlsPartner {
public:
    GnutlsPartner(End& end, bool is_client) : end_(end) {
        make_certificate();
        gnutls_init(&session_, (is_client ? GNUTLS_CLIENT : GNUTLS_SERVER) | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
        gnutls_set_default_priority(session_);
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_);
        gnutls_srtp_set_profile(session_, GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80);
        gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
        gnutls_dtls_set_mtu(session_, kPartnerMtu);
        gnutls_transport_set_ptr(session_, this);
        gnutls_transport_set_push_function(session_, push);
        gnutls_transport_set_pull_function(session_, pull);
        gnutls_transport_set_pull_timeout_function(session_, [](gnutls_transport_ptr_t of, unsigned) {
            return static_cast<GnutlsPartner*>(of)->in_.empty() ? 0 : 1;
        });
    }
    GnutlsPartner(const GnutlsPartner&) = delete;
    GnutlsPartner& operator=(const GnutlsPartner&) = delete;
    ~GnutlsPartner() {
        gnutls_deinit(session_);
        gnutls_certificate_free_credentials(credentials_);
        gnutls_x509_crt_deinit(certificate_);
        gnutls_x509_privkey_deinit(key_);
    }

    [[nodiscard]] crypto::Fingerprint fingerprint() const {
        gnutls_datum_t der{};
        EXPECT_EQ(gnutls_x509_crt_export2(certificate_, GNUTLS_X509_FMT_DER, &der), 0);
        auto fingerprint = crypto::fingerprint_of(crypto::FingerprintHash::kSha256, {der.data, der.size});
        gnutls_free(der.data);
        return fingerprint;
    }
    /// Carries datagrams until both are silent.
    void talk() {
        for (int round = 0; round < 20; ++round) {
            think();
            end_.take_events();
            while (auto datagram = end_.session.poll_transmit())
                in_.push_back(*std::move(datagram));
            for (const ByteBuffer& datagram : std::exchange(out_, {}))
                end_.session.handle_input(now, datagram);
        }
        end_.take_events();
    }
    void say(std::string_view text) { gnutls_record_send(session_, text.data(), text.size()); }
    void close() { gnutls_bye(session_, GNUTLS_SHUT_WR); }

    [[nodiscard]] bool is_connected() const { return is_connected_; }
    [[nodiscard]] bool is_closed() const { return is_closed_; }
    [[nodiscard]] const std::string& heard() const { return heard_; }
    struct Keys {
        srtp::MasterKey client;
        srtp::MasterKey server;
    };
    [[nodiscard]] Keys srtp_keys() const {
        std::array<std::uint8_t, 256> material{};
        gnutls_datum_t client_key{};
        gnutls_datum_t client_salt{};
        gnutls_datum_t server_key{};
        gnutls_datum_t server_salt{};
        EXPECT_GT(gnutls_srtp_get_keys(session_, material.data(), material.size(), &client_key, &client_salt,
                                       &server_key, &server_salt),
                  0);
        return {{secret_of(client_key), secret_of(client_salt)}, {secret_of(server_key), secret_of(server_salt)}};
    }

    Instant now{1h};

private:
    void make_certificate() {
        gnutls_x509_privkey_init(&key_);
        gnutls_x509_privkey_generate(key_, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
        gnutls_x509_crt_init(&certificate_);
        gnutls_x509_crt_set_version(certificate_, 3);
        const std::uint8_t serial = 1;
        gnutls_x509_crt_set_serial(certificate_, &serial, 1);
        gnutls_x509_crt_set_activation_time(certificate_, 1'767'225'600);
        gnutls_x509_crt_set_expiration_time(certificate_, 1'767'225'600 + 3600);
        gnutls_x509_crt_set_key(certificate_, key_);
        gnutls_x509_crt_sign2(certificate_, certificate_, key_, GNUTLS_DIG_SHA256, 0);
        gnutls_certificate_allocate_credentials(&credentials_);
        gnutls_certificate_set_x509_key(credentials_, &certificate_, 1, key_);
    }
    void think() {
        if (!is_connected_) is_connected_ = gnutls_handshake(session_) == GNUTLS_E_SUCCESS;
        if (!is_connected_) return;
        std::array<char, 2048> buffer{};
        ssize_t size = 0;
        while ((size = gnutls_record_recv(session_, buffer.data(), buffer.size())) > 0)
            heard_.append(buffer.data(), static_cast<std::size_t>(size));
        if (size == 0) is_closed_ = true;
    }
    static ssize_t push(gnutls_transport_ptr_t of, const void* bytes, std::size_t size) {
        const auto* from = static_cast<const std::uint8_t*>(bytes);
        static_cast<GnutlsPartner*>(of)->out_.emplace_back(from, from + size);
        return static_cast<ssize_t>(size);
    }
    static ssize_t pull(gnutls_transport_ptr_t of, void* bytes, std::size_t room) {
        auto& self = *static_cast<GnutlsPartner*>(of);
        if (self.in_.empty()) {
            gnutls_transport_set_errno(self.session_, EAGAIN);
            return -1;
        }
        const ByteBuffer datagram = std::move(self.in_.front());
        self.in_.pop_front();
        const std::size_t size = std::min(room, datagram.size());
        std::copy_n(datagram.begin(), size, static_cast<std::uint8_t*>(bytes));
        return static_cast<ssize_t>(size);
    }

    End& end_;
    gnutls_x509_privkey_t key_ = nullptr;
    gnutls_x509_crt_t certificate_ = nullptr;
    gnutls_certificate_credentials_t credentials_ = nullptr;
    gnutls_session_t session_ = nullptr;
    std::deque<ByteBuffer> in_;
    std::deque<ByteBuffer> out_;
    bool is_connected_ = false;
    bool is_closed_ = false;
    std::string heard_;
};

class DtlsGnutls : public testing::TestWithParam<Role> {
protected:
    End end{active_certificate()};
    GnutlsPartner partner{end, GetParam() == Role::kPassive};

    void start(const crypto::Fingerprint& fingerprint) {
        end.session.start(partner.now, {.role = GetParam(), .partner = {fingerprint}});
        partner.talk();
    }
};

INSTANTIATE_TEST_SUITE_P(AsEitherRole, DtlsGnutls, testing::Values(Role::kActive, Role::kPassive),
                         [](const auto& role) { return role.param == Role::kActive ? "Active" : "Passive"; });

TEST_P(DtlsGnutls, HasTheSameKeysAndHearsUs) {
    start(partner.fingerprint());
    ASSERT_TRUE(end.connected && partner.is_connected());
    const SrtpKeys& ours = end.connected->srtp.value();
    EXPECT_EQ(ours.profile, srtp::Profile::kAes128CmSha1);
    const GnutlsPartner::Keys theirs = partner.srtp_keys();
    EXPECT_EQ(GetParam() == Role::kActive ? ours.local : ours.remote, theirs.client);
    EXPECT_EQ(GetParam() == Role::kActive ? ours.remote : ours.local, theirs.server);
    ASSERT_TRUE(end.session.send(as_bytes("ours")));
    partner.say("theirs");
    partner.talk();
    EXPECT_EQ(partner.heard(), "ours");
    EXPECT_EQ(end.received, Texts{"theirs"});
}

TEST_P(DtlsGnutls, MayEndTheSession) {
    start(partner.fingerprint());
    ASSERT_TRUE(end.connected && partner.is_connected());
    partner.close();
    partner.talk();
    EXPECT_TRUE(end.is_closed);
}

TEST_P(DtlsGnutls, HearsThatWeEndTheSession) {
    start(partner.fingerprint());
    ASSERT_TRUE(end.connected && partner.is_connected());
    end.session.close();
    partner.talk();
    EXPECT_TRUE(partner.is_closed());
}

TEST_P(DtlsGnutls, OfAnotherFingerprintIsRefused) {
    start(certificate(2).fingerprint());
    EXPECT_EQ(end.failed.value().why, Failed::Why::kWrongFingerprint);
    EXPECT_FALSE(end.connected || partner.is_connected());
}

} // namespace
} // namespace vv::dtls
