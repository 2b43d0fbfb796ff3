// One end of one private call, from one `open` to the end of the call it led to: who
// answers whom, and the sealing of every body. The server carries all of it and can
// read none of it (docs/protocol.md, Private calls). A new `open` takes a new door.
#pragma once

#include "base/rng.h"
#include "caller/link.h"
#include "caller/sealed_body.h"
#include "crypto/noise.h"

#include <optional>
#include <string>
#include <string_view>

namespace vv::caller {

/// What the other end's message 1 says.
struct Greeting {
    bool answers = false; // this end writes message 2
    std::string payload;
};

class Door {
public:
    /// host: as in make_prologue(). rng: cryptographic; outlives the door. payload: of message 1.
    Door(LinkKeyView key, std::string_view host, Rng& rng, std::string_view payload);

    // What `open` carries, in base64url. Whoever knows only the id waits somewhere else.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string door() const;
    [[nodiscard]] std::string noise() const;

    /// Takes the other end's message 1, once: whichever way it goes, ours serves no other. Nothing when it was made
    /// without the key, or is one's own coming back.
    [[nodiscard]] std::optional<Greeting> handle_knock(std::string_view noise);
    /// Message 2. Nothing when this end is not the one to answer, or has done so.
    [[nodiscard]] std::optional<std::string> answer(std::string_view payload);
    /// The payload of message 2, or nothing; after either, the private key it was meant for is gone.
    [[nodiscard]] std::optional<std::string> handle_answer(std::string_view noise);

    /// After the handshake both ways are there.
    [[nodiscard]] bool is_open() const { return sealer_.has_value(); }
    /// Once is_open().
    [[nodiscard]] std::string seal(std::string_view call, std::string_view text);
    [[nodiscard]] std::optional<std::string> open(std::string_view call, std::string_view body);

private:
    void take(crypto::NoiseTransport transport);

    LinkSecrets secrets_;
    crypto::NoiseSetup setup_;
    Rng& rng_;
    ByteBuffer message_;
    crypto::X25519PublicKey public_key_{};
    std::optional<crypto::NoiseInitiator> initiator_;
    std::optional<crypto::NoiseResponder> responder_;
    std::optional<BodySealer> sealer_;
    std::optional<BodyOpener> opener_;
    bool has_met_ = false;
};

} // namespace vv::caller
