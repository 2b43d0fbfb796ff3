#include "net/self_signed.h"

#include "base/assert.h"
#include "crypto/fingerprint.h"
#include "net/openssl_ptr.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCertificateFile = "self-signed.pem";
constexpr const char* kKeyFile = "self-signed.key";
constexpr std::chrono::seconds kLifetime = 397 * 24h; // what browsers accept at most
constexpr std::chrono::seconds kBackdated = 24h;
constexpr std::chrono::seconds kRenewBefore = 30 * 24h;

[[noreturn]] void fail(const char* what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    throw std::runtime_error(std::string("cannot ") + what + ": " + text.data());
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) fail("make a certificate");
}

std::string alternative_names(std::span<const std::string> names, std::span<const IpAddress> addresses) {
    std::string list;
    for (const auto& name : names)
        list += (list.empty() ? "DNS:" : ",DNS:") + name;
    for (const auto& address : addresses)
        list += (list.empty() ? "IP:" : ",IP:") + address.to_string();
    return list;
}

void set_serial(X509* certificate) {
    std::array<std::uint8_t, 16> serial{};
    if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) fail("make a certificate");
    serial[0] &= 0x7FU; // serial numbers are positive (RFC 5280 §4.1.2.2)
    BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
}

X509Ptr build_certificate(EVP_PKEY* key, std::span<const std::string> names, std::span<const IpAddress> addresses,
                          WallTime now) {
    constexpr long kVersion3 = 2;
    X509Ptr certificate(X509_new());
    if (!certificate) fail("make a certificate");
    X509_set_version(certificate.get(), kVersion3);
    set_serial(certificate.get());
    const auto start = (now - kBackdated).time_since_epoch().count();
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), start);
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), start + kLifetime.count());
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const ByteView common_name = as_bytes("visavis self-signed");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_name.data(), static_cast<int>(common_name.size()),
                               -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
    add_extension(certificate.get(), NID_subject_alt_name, alternative_names(names, addresses));
    if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) fail("sign a certificate");
    return certificate;
}

std::string fingerprint_of(X509* certificate) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) fail("hash a certificate");
    return crypto::write_digest(ByteView(digest).first(size));
}

X509Ptr read_certificate(const std::string& pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool belongs_to(const std::string& key_pem, X509* certificate) {
    const BioPtr bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
    const auto no_passphrase = [](char*, int, int, void*) { return -1; }; // and nobody is asked for one
    const PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    return key && X509_check_private_key(certificate, key.get()) == 1;
}

bool still_serves(X509* certificate, std::span<const std::string> names, std::span<const IpAddress> addresses,
                  WallTime now) {
    time_t limit = (now + kRenewBefore).time_since_epoch().count();
    if (X509_cmp_time(X509_get0_notAfter(certificate), &limit) <= 0) return false;
    const bool all_names = std::ranges::all_of(names, [&](const std::string& name) {
        return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
    });
    return all_names && std::ranges::all_of(addresses, [&](const IpAddress& address) {
               const auto bytes = address.bytes();
               return X509_check_ip(certificate, bytes.data(), bytes.size(), 0) == 1;
           });
}

} // namespace

CertificatePem make_self_signed(std::span<const std::string> names, std::span<const IpAddress> addresses,
                                WallTime now) {
    VV_ASSERT(!names.empty() || !addresses.empty());
    const PkeyPtr key(EVP_EC_gen("P-256"));
    if (!key) fail("make a key");
    const X509Ptr certificate = build_certificate(key.get(), names, addresses, now);
    const BioPtr certificate_text(BIO_new(BIO_s_mem()));
    const BioPtr key_text(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
        PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        fail("write a certificate");
    }
    return {text_of(certificate_text.get()), text_of(key_text.get()), fingerprint_of(certificate.get())};
}

CertificatePem keep_self_signed(const StateDir& state, std::span<const std::string> names,
                                std::span<const IpAddress> addresses, WallTime now) {
    const auto certificate = state.read_private(kCertificateFile);
    const auto key = state.read_private(kKeyFile);
    if (certificate && key) {
        const X509Ptr parsed = read_certificate(*certificate);
        // They are two files: a power cut between them leaves the new key beside the old certificate.
        if (parsed && belongs_to(*key, parsed.get()) && still_serves(parsed.get(), names, addresses, now)) {
            return {*certificate, *key, fingerprint_of(parsed.get())};
        }
        ERR_clear_error();
    }
    CertificatePem made = make_self_signed(names, addresses, now);
    state.write_private(kKeyFile, as_bytes(made.key));
    state.write_private(kCertificateFile, as_bytes(made.certificate));
    return made;
}

} // namespace vv::net
