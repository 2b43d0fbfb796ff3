#include "caller/door.h"

#include "base/assert.h"
#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace vv::caller {
namespace {

std::optional<std::string> text_of(ByteView bytes) {
    if (!is_valid_utf8(bytes)) return std::nullopt;
    return std::string(as_text(bytes));
}

} // namespace

Door::Door(LinkKeyView key, std::string_view host, Rng& rng, std::string_view payload)
    : secrets_(derive_from_key(key)),
      setup_{make_prologue(host, secrets_.id), secrets_.psk},
      rng_(rng) {
    initiator_.emplace(setup_, crypto::X25519Pair::generate(rng), as_bytes(payload));
    message_ = initiator_->message();
    public_key_ = initiator_->public_key();
}

std::string Door::id() const {
    return base64url_encode(secrets_.id);
}
std::string Door::door() const {
    return base64url_encode(secrets_.door);
}
std::string Door::noise() const {
    return base64url_encode(message_);
}

std::optional<Greeting> Door::handle_knock(std::string_view noise) {
    if (std::exchange(has_met_, true)) return std::nullopt;
    auto own = std::exchange(initiator_, std::nullopt);
    const auto message = base64url_decode(noise);
    if (!message || message->size() < crypto::kNoiseMessageMin) return std::nullopt;
    const ByteView theirs = ByteView(*message).first(crypto::kX25519KeySize);
    if (std::ranges::equal(theirs, public_key_)) return std::nullopt;
    auto responder = crypto::NoiseResponder::read(setup_, *message);
    auto payload = responder ? text_of(responder->payload()) : std::nullopt;
    if (!payload) return std::nullopt;
    const bool answers = std::ranges::lexicographical_compare(theirs, public_key_);
    if (answers)
        responder_ = std::move(responder);
    else
        initiator_ = std::move(own);
    return Greeting{answers, *std::move(payload)};
}

std::optional<std::string> Door::answer(std::string_view payload) {
    auto responder = std::exchange(responder_, std::nullopt);
    if (!responder) return std::nullopt;
    auto answered = responder->answer(crypto::X25519Pair::generate(rng_), as_bytes(payload));
    if (!answered) return std::nullopt;
    take(std::move(answered->transport));
    return base64url_encode(answered->message);
}

std::optional<std::string> Door::handle_answer(std::string_view noise) {
    auto initiator = std::exchange(initiator_, std::nullopt);
    const auto message = base64url_decode(noise);
    if (!initiator || !message) return std::nullopt;
    auto read = initiator->read(*message);
    if (!read) return std::nullopt;
    take(std::move(read->transport));
    return text_of(read->payload);
}

void Door::take(crypto::NoiseTransport transport) {
    sealer_.emplace(std::move(transport.send));
    opener_.emplace(std::move(transport.receive));
}

std::string Door::seal(std::string_view call, std::string_view text) {
    VV_ASSERT(sealer_ && "nothing is sealed before the handshake is done");
    return sealer_->seal(call, text);
}

std::optional<std::string> Door::open(std::string_view call, std::string_view body) {
    return opener_ ? opener_->open(call, body) : std::nullopt;
}

} // namespace vv::caller
