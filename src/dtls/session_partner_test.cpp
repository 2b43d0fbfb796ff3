// Partners that are not like us: other keys, other profiles, other habits.
#include "dtls/link_for_test.h"
#include "dtls/raw_partner_for_test.h"
#include "dtls/session.h"

#include <gtest/gtest.h>
#include <openssl/srtp.h>

#include <string>

namespace vv::dtls {
namespace {

using namespace test;

constexpr unsigned kSmallRsa = 1024;
constexpr unsigned kUsualRsa = 2048;

PkeyPtr p256() {
    return PkeyPtr(EVP_EC_gen("P-256"));
}

class DtlsPartner : public testing::TestWithParam<Role> {
protected:
    End end{active_certificate()};
    std::unique_ptr<RawPartner> partner;
    crypto::Fingerprint fingerprint;

    // prepare: after the certificate has been set.
    void meet(const PkeyPtr& key = p256(), const std::function<void(SSL_CTX&)>& prepare = [](SSL_CTX&) {}) {
        partner = std::make_unique<RawPartner>(end, GetParam(), [&](SSL_CTX& context) {
            SSL_CTX_set_security_level(&context, 0);
            if (key) fingerprint = use_certificate(context, key);
            SSL_CTX_set_tlsext_use_srtp(&context, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM");
            prepare(context);
        });
        if (!key) fingerprint = certificate(2).fingerprint();
        end.session.start(partner->now, {.role = GetParam(), .partner = {fingerprint}});
        partner->talk();
    }
    [[nodiscard]] bool are_connected() const {
        return end.connected.has_value() && end.session.is_connected() && partner->is_connected();
    }
    void expect_talk() {
        ASSERT_TRUE(are_connected());
        ASSERT_TRUE(end.session.send(as_bytes("ours")));
        partner->say("theirs");
        partner->talk();
        EXPECT_EQ(partner->heard(), "ours");
        EXPECT_EQ(end.received, Texts{"theirs"});
    }
    [[nodiscard]] bool is_passive() const { return GetParam() == Role::kPassive; }
};

INSTANTIATE_TEST_SUITE_P(AsEitherRole, DtlsPartner, testing::Values(Role::kActive, Role::kPassive),
                         [](const auto& role) { return role.param == Role::kActive ? "Active" : "Passive"; });

TEST_P(DtlsPartner, OfTheUsualKindIsUnderstood) {
    meet();
    expect_talk();
    // OpenSSL's server chooses by its own order, and so does ours.
    EXPECT_EQ(end.connected->srtp.value().profile,
              is_passive() ? srtp::Profile::kAes128Gcm : srtp::Profile::kAes128CmSha1);
}

TEST_P(DtlsPartner, MayHaveAnyOfOurProfilesOnly) {
    for (const auto& [name, profile] : {std::pair{"SRTP_AES128_CM_SHA1_80", srtp::Profile::kAes128CmSha1},
                                        {"SRTP_AEAD_AES_128_GCM", srtp::Profile::kAes128Gcm},
                                        {"SRTP_AEAD_AES_256_GCM", srtp::Profile::kAes256Gcm}}) {
        End own(active_certificate());
        crypto::Fingerprint theirs;
        RawPartner other(own, GetParam(), [&, wanted = name](SSL_CTX& context) {
            theirs = use_certificate(context, p256());
            SSL_CTX_set_tlsext_use_srtp(&context, wanted);
        });
        own.session.start(other.now, {.role = GetParam(), .partner = {theirs}});
        other.talk();
        ASSERT_TRUE(own.connected && own.connected->srtp) << name;
        EXPECT_EQ(own.connected->srtp->profile, profile);
        EXPECT_EQ(own.connected->srtp->local.key.view().size(), srtp::key_size(profile));
        EXPECT_EQ(own.connected->srtp->local.salt.view().size(), srtp::salt_size(profile));
    }
}

TEST_P(DtlsPartner, ThatHasNoSrtpIsUnderstoodWithoutIt) {
    meet(p256(), [](SSL_CTX& context) { SSL_CTX_set_tlsext_use_srtp(&context, "SRTP_AES128_CM_SHA1_32"); });
    expect_talk();
    EXPECT_FALSE(end.connected->srtp);
}

TEST_P(DtlsPartner, MayHaveAKeyOfRsa) {
    meet(PkeyPtr(EVP_RSA_gen(kUsualRsa)));
    expect_talk();
}

TEST_P(DtlsPartner, MayHaveAnotherCurve) {
    meet(PkeyPtr(EVP_EC_gen("P-384")));
    expect_talk();
}

TEST_P(DtlsPartner, HasACertificate) {
    if (is_passive()) {
        meet(nullptr);
        EXPECT_EQ(end.failed.value().why, Failed::Why::kNoCertificate);
    } else {
        meet(nullptr, [](SSL_CTX& context) { SSL_CTX_set_cipher_list(&context, "ECDHE+aNULL:aNULL"); });
        EXPECT_TRUE(end.failed.value().why == Failed::Why::kAlert || end.failed->why == Failed::Why::kProtocol);
    }
    EXPECT_FALSE(end.connected || partner->is_connected());
}

TEST_P(DtlsPartner, HasAnAead) {
    meet(p256(), [](SSL_CTX& context) { SSL_CTX_set_cipher_list(&context, "ECDHE-ECDSA-AES128-SHA"); });
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->why, is_passive() ? Failed::Why::kProtocol : Failed::Why::kAlert);
}

TEST_P(DtlsPartner, IsNotOfAnOlderVersion) {
    meet(p256(), [](SSL_CTX& context) { SSL_CTX_set_max_proto_version(&context, DTLS1_VERSION); });
    EXPECT_TRUE(end.failed);
    EXPECT_FALSE(end.connected);
}

// It is told so by a warning, which this one takes as the end: what matters is that nobody gets other keys.
TEST_P(DtlsPartner, IsRefusedAnotherHandshake) {
    meet();
    ASSERT_TRUE(are_connected());
    SSL_renegotiate(&partner->ssl());
    SSL_do_handshake(&partner->ssl());
    partner->talk();
    EXPECT_EQ(end.failed.value().why, Failed::Why::kAlert);
    EXPECT_EQ(end.failed.value().alert, 40); // handshake_failure
    EXPECT_FALSE(partner->is_connected());
}

TEST_P(DtlsPartner, MayEndTheSession) {
    meet();
    ASSERT_TRUE(are_connected());
    partner->say("last words");
    SSL_shutdown(&partner->ssl());
    partner->talk();
    EXPECT_EQ(end.received, Texts{"last words"});
    EXPECT_TRUE(end.is_closed);
    EXPECT_FALSE(end.session.is_connected());
    EXPECT_EQ(SSL_get_shutdown(&partner->ssl()), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // it was answered
}

TEST_P(DtlsPartner, HearsThatWeEndTheSession) {
    meet();
    ASSERT_TRUE(are_connected());
    end.session.close();
    partner->talk();
    EXPECT_EQ(SSL_get_shutdown(&partner->ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST_P(DtlsPartner, ThatResumesIsGivenAWholeHandshake) {
    meet(p256(), [](SSL_CTX& context) { SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_BOTH); });
    ASSERT_TRUE(are_connected());
    EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(&partner->ssl())), 0);
    unsigned size = 0;
    (void)SSL_SESSION_get_id(SSL_get_session(&partner->ssl()), &size);
    EXPECT_TRUE(size == 0 || !is_passive()); // the one who could keep a session gives it no name
}

// A server that does not trust ICE asks for a cookie (RFC 6347 §4.2.1), which costs a round trip.
TEST(DtlsCookie, IsGivenToWhoAsksForOne) {
    End end(active_certificate());
    crypto::Fingerprint theirs;
    RawPartner partner(end, Role::kActive, [&](SSL_CTX& context) {
        theirs = use_certificate(context, p256());
        SSL_CTX_set_options(&context, SSL_OP_COOKIE_EXCHANGE);
        SSL_CTX_set_cookie_generate_cb(&context, [](SSL*, unsigned char* cookie, unsigned* size) {
            cookie[0] = 7;
            *size = 1;
            return 1;
        });
        SSL_CTX_set_cookie_verify_cb(&context, [](SSL*, const unsigned char* cookie, unsigned size) {
            return size == 1 && cookie[0] == 7 ? 1 : 0;
        });
    });
    end.session.start(partner.now, {.role = Role::kActive, .partner = {theirs}});
    partner.talk();
    EXPECT_TRUE(end.connected && partner.is_connected());
}

TEST_P(DtlsPartner, MayHaveSentSomethingLarge) {
    meet();
    ASSERT_TRUE(are_connected());
    const std::string large(kDatagramSizeMax - kRecordOverhead, 'x');
    partner->say(large);
    partner->talk();
    EXPECT_EQ(end.received, Texts{large});
}

TEST(DtlsPartnerKey, OfTooSmallRsaIsNotEnough) {
    End end(active_certificate());
    crypto::Fingerprint theirs;
    RawPartner partner(end, Role::kActive, [&](SSL_CTX& context) {
        SSL_CTX_set_security_level(&context, 0);
        theirs = use_certificate(context, PkeyPtr(EVP_RSA_gen(kSmallRsa)));
    });
    end.session.start(partner.now, {.role = Role::kActive, .partner = {theirs}});
    partner.talk();
    EXPECT_EQ(end.failed.value().why, Failed::Why::kProtocol);
    EXPECT_FALSE(end.connected);
}

} // namespace
} // namespace vv::dtls
