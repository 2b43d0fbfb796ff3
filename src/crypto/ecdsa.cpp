#include "crypto/ecdsa.h"

#include "base/assert.h"
#include "crypto/openssl_ptr.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <string>
#include <utility>

namespace vv::crypto {
namespace {

constexpr std::uint8_t kUncompressedPoint = 0x04; // SEC 1 §2.3.3
constexpr std::size_t kScalarSize = kP256SignatureSize / 2;
constexpr int kScalarSizeInt = static_cast<int>(kScalarSize);

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;

// OpenSSL keeps a queue of errors per thread. Ours are ordinary answers, and a
// later TLS call must not take them for its own.
class ErrorScope {
public:
    ErrorScope() { ERR_set_mark(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;
    ~ErrorScope() { ERR_pop_to_mark(); }
};

// private_scalar is null for a public key. Null if OpenSSL refuses the point.
PkeyPtr make_key(ByteView point, const BIGNUM* private_scalar) {
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    VV_ASSERT(builder != nullptr);
    VV_ASSERT(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) == 1);
    VV_ASSERT(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) ==
              1);
    if (private_scalar != nullptr) {
        VV_ASSERT(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, private_scalar) == 1);
    }
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    VV_ASSERT(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
    EVP_PKEY* key = nullptr;
    const int selection = private_scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return nullptr;
    return PkeyPtr(key);
}

PkeyPtr make_public_key(ByteView bytes) {
    if (bytes.size() != kP256PublicKeySize || bytes[0] != kUncompressedPoint) return nullptr;
    return make_key(bytes, nullptr);
}

std::optional<ByteBuffer> signature_to_der(ByteView raw) {
    if (raw.size() != kP256SignatureSize) return std::nullopt;
    const Signature signature(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(raw.data(), kScalarSizeInt, nullptr);
    BIGNUM* s = BN_bin2bn(raw.data() + kScalarSize, kScalarSizeInt, nullptr);
    VV_ASSERT(signature != nullptr && r != nullptr && s != nullptr);
    VV_ASSERT(ECDSA_SIG_set0(signature.get(), r, s) == 1); // takes both over
    const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
    VV_ASSERT(size > 0);
    ByteBuffer der(static_cast<std::size_t>(size));
    std::uint8_t* out = der.data();
    VV_ASSERT(i2d_ECDSA_SIG(signature.get(), &out) == size);
    return der;
}

P256Signature signature_from_der(ByteView der) {
    const std::uint8_t* in = der.data();
    const Signature signature(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
    VV_ASSERT(signature != nullptr);
    P256Signature raw{};
    VV_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), kScalarSizeInt) == kScalarSizeInt);
    VV_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kScalarSize, kScalarSizeInt) ==
              kScalarSizeInt);
    return raw;
}

P256PublicKey public_point(const EVP_PKEY* key) {
    P256PublicKey point{};
    std::size_t size = 0;
    VV_ASSERT(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(), point.size(),
                                              &size) == 1);
    VV_ASSERT(size == point.size());
    return point;
}

P256PublicKey multiply_generator(const EC_GROUP* group, const BIGNUM* scalar) {
    const Point point(EC_POINT_new(group));
    VV_ASSERT(point != nullptr && EC_POINT_mul(group, point.get(), scalar, nullptr, nullptr, nullptr) == 1);
    P256PublicKey bytes{};
    VV_ASSERT(EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(),
                                 nullptr) == bytes.size());
    return bytes;
}

} // namespace

bool is_p256_public_key(ByteView bytes) {
    const ErrorScope errors;
    return make_public_key(bytes) != nullptr;
}

bool p256_verify(ByteView public_key, ByteView message, ByteView signature) {
    const ErrorScope errors;
    const PkeyPtr key = make_public_key(public_key);
    const auto der = signature_to_der(signature);
    if (key == nullptr || !der) return false;
    const DigestContext context(EVP_MD_CTX_new());
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1);
    return EVP_DigestVerify(context.get(), der->data(), der->size(), message.data(), message.size()) == 1;
}

struct P256Signer::Key {
    PkeyPtr pointer;
};

P256Signer::P256Signer(std::unique_ptr<Key> key) : key_(std::move(key)) {}
P256Signer::P256Signer(P256Signer&&) noexcept = default;
P256Signer& P256Signer::operator=(P256Signer&&) noexcept = default;
P256Signer::~P256Signer() = default;

P256Signer P256Signer::generate() {
    PkeyPtr key(EVP_EC_gen(SN_X9_62_prime256v1));
    VV_ASSERT(key != nullptr);
    return P256Signer(std::make_unique<Key>(Key{std::move(key)}));
}

std::optional<P256Signer>
P256Signer::from_private_key(std::span<const std::uint8_t, kP256PrivateKeySize> scalar_bytes) {
    const ErrorScope errors;
    const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const Number scalar(BN_bin2bn(scalar_bytes.data(), static_cast<int>(scalar_bytes.size()), nullptr));
    VV_ASSERT(group != nullptr && scalar != nullptr);
    if (BN_is_zero(scalar.get()) == 1 || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0) {
        return std::nullopt;
    }
    PkeyPtr key = make_key(multiply_generator(group.get(), scalar.get()), scalar.get());
    VV_ASSERT(key != nullptr);
    return P256Signer(std::make_unique<Key>(Key{std::move(key)}));
}

P256PublicKey P256Signer::public_key() const {
    return public_point(key_->pointer.get());
}

P256Signature P256Signer::sign(ByteView message) const {
    const DigestContext context(EVP_MD_CTX_new());
    VV_ASSERT(context != nullptr);
    VV_ASSERT(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_->pointer.get(), nullptr) ==
              1);
    std::size_t size = 0;
    VV_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
    ByteBuffer der(size);
    VV_ASSERT(EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1);
    der.resize(size);
    return signature_from_der(der);
}

} // namespace vv::crypto
