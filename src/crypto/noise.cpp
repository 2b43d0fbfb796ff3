#include "crypto/noise.h"

#include "base/assert.h"
#include "crypto/hmac.h"

#include <algorithm>
#include <utility>

namespace vv::crypto {
namespace {

constexpr std::size_t kChainSize = 32;

// The framework's HKDF (§4.3) is RFC 5869's with nothing for info: the first 32 bytes are the next chaining key.
SecretBytes derive(const SecretBytes& chain, ByteView input, std::size_t keys) {
    return hkdf_sha256(input, chain.view(), {}, keys * kChainSize);
}

Aes256Key key_at(const SecretBytes& keys, std::size_t place) {
    return keys.view().subspan(place * kChainSize).first<kAes256KeySize>();
}

SecretBytes copy_of(ByteView bytes) {
    SecretBytes copy;
    copy.append(bytes);
    return copy;
}

} // namespace

/// §5.2. Each key of this pattern encrypts one payload, so its nonce is 0.
class NoiseSymmetricState {
public:
    /// As both ends stand after the prologue and the `psk` token.
    explicit NoiseSymmetricState(const NoiseSetup& setup) {
        VV_ASSERT(setup.psk.view().size() == kNoisePskSize);
        static_assert(kNoiseName.size() == kSha256Size, "the name is its own first hash");
        std::ranges::copy(as_bytes(kNoiseName), hash_.begin());
        chain_.append(hash_);
        mix_hash(setup.prologue);
        const SecretBytes keys = derive(chain_, setup.psk.view(), 3);
        chain_ = copy_of(key_at(keys, 0));
        mix_hash(key_at(keys, 1));
        cipher_.emplace(key_at(keys, 2));
    }

    /// The `e` token; with a psk in the pattern the public key is mixed into the key as well (§9.2).
    void mix_ephemeral(ByteView public_key) {
        mix_hash(public_key);
        mix_key(public_key);
    }
    void mix_key(ByteView input) {
        const SecretBytes keys = derive(chain_, input, 2);
        chain_ = copy_of(key_at(keys, 0));
        cipher_.emplace(key_at(keys, 1));
    }
    ByteBuffer seal_payload(ByteView payload) {
        VV_ASSERT(cipher_.has_value()); // from the constructor on
        ByteBuffer sealed = cipher_->seal(0, hash_, payload);
        mix_hash(sealed);
        return sealed;
    }
    std::optional<ByteBuffer> open_payload(ByteView sealed) {
        VV_ASSERT(cipher_.has_value());
        auto payload = cipher_->open(0, hash_, sealed);
        if (payload) mix_hash(sealed);
        return payload;
    }
    [[nodiscard]] NoiseTransport split(bool is_initiator) const {
        const SecretBytes keys = derive(chain_, {}, 2);
        CounterCipher to_responder(key_at(keys, 0));
        CounterCipher to_initiator(key_at(keys, 1));
        if (!is_initiator) std::swap(to_responder, to_initiator);
        return {std::move(to_responder), std::move(to_initiator), hash_};
    }

private:
    void mix_hash(ByteView bytes) { hash_ = sha256(ByteParts{hash_, bytes}); }

    Sha256Digest hash_{};
    SecretBytes chain_;
    std::optional<CounterCipher> cipher_;
};

struct NoiseInitiator::Secret {
    NoiseSymmetricState state;
    X25519Pair ephemeral;
};

NoiseInitiator::NoiseInitiator(const NoiseSetup& setup, X25519Pair ephemeral, ByteView payload)
    : secret_(std::make_unique<Secret>(Secret{NoiseSymmetricState(setup), std::move(ephemeral)})),
      public_key_(secret_->ephemeral.public_key()) {
    secret_->state.mix_ephemeral(public_key_);
    ByteWriter writer(message_);
    writer.write(public_key_);
    writer.write(secret_->state.seal_payload(payload));
}

NoiseInitiator::NoiseInitiator(NoiseInitiator&&) noexcept = default;
NoiseInitiator& NoiseInitiator::operator=(NoiseInitiator&&) noexcept = default;
NoiseInitiator::~NoiseInitiator() = default;

std::optional<NoiseInitiator::Read> NoiseInitiator::read(ByteView message) {
    const auto secret = std::move(secret_);
    if (!secret || message.size() < kNoiseMessageMin) return std::nullopt;
    const ByteView theirs = message.first(kX25519KeySize);
    secret->state.mix_ephemeral(theirs);
    const auto shared = secret->ephemeral.agree(theirs);
    if (!shared) return std::nullopt;
    secret->state.mix_key(shared->view());
    auto payload = secret->state.open_payload(message.subspan(kX25519KeySize));
    if (!payload) return std::nullopt;
    return Read{*std::move(payload), secret->state.split(true)};
}

NoiseResponder::NoiseResponder(std::unique_ptr<NoiseSymmetricState> state, const X25519PublicKey& theirs,
                               ByteBuffer payload)
    : state_(std::move(state)),
      theirs_(theirs),
      payload_(std::move(payload)) {}
NoiseResponder::NoiseResponder(NoiseResponder&&) noexcept = default;
NoiseResponder& NoiseResponder::operator=(NoiseResponder&&) noexcept = default;
NoiseResponder::~NoiseResponder() = default;

std::optional<NoiseResponder> NoiseResponder::read(const NoiseSetup& setup, ByteView message) {
    if (message.size() < kNoiseMessageMin) return std::nullopt;
    auto state = std::make_unique<NoiseSymmetricState>(setup);
    X25519PublicKey theirs{};
    std::ranges::copy(message.first(kX25519KeySize), theirs.begin());
    state->mix_ephemeral(theirs);
    auto payload = state->open_payload(message.subspan(kX25519KeySize));
    if (!payload) return std::nullopt;
    return NoiseResponder(std::move(state), theirs, *std::move(payload));
}

std::optional<NoiseResponder::Answer> NoiseResponder::answer(const X25519Pair& ephemeral, ByteView payload) {
    const auto state = std::move(state_);
    if (!state) return std::nullopt;
    state->mix_ephemeral(ephemeral.public_key());
    const auto shared = ephemeral.agree(theirs_);
    if (!shared) return std::nullopt;
    state->mix_key(shared->view());
    ByteBuffer message(ephemeral.public_key().begin(), ephemeral.public_key().end());
    ByteWriter(message).write(state->seal_payload(payload));
    return Answer{std::move(message), state->split(false)};
}

} // namespace vv::crypto
