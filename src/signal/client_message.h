// What a page may say, read strictly: form and size are checked here, meaning
// in the connection and the lobby.
#pragma once

#include "base/result.h"
#include "crypto/ecdsa.h"
#include "lobby/command.h"
#include "lobby/event.h"
#include "lobby/ledger.h"
#include "safety/person.h"
#include "signal/settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vv::signal {

/// The wish to come back, not yet believed.
struct ResumeRequest {
    std::string token;
    crypto::P256Signature proof{};
    std::optional<lobby::Have> have;
};

struct HelloMessage {
    std::int64_t version = 0;
    crypto::P256PublicKey key{}; // on the curve; not filled for a version we do not speak
    std::optional<safety::DeviceId> device;
    std::optional<ResumeRequest> resume;
};
struct ProbeMessage {};
struct LedgerMessage {};

using ClientMessageBody = std::variant<HelloMessage, ProbeMessage, LedgerMessage, lobby::Command>;

struct ClientMessage {
    lobby::ClientType type{};
    ClientMessageBody body;
};

struct ClientMessageError {
    lobby::ErrorCode code = lobby::ErrorCode::kBadMessage;
    std::optional<lobby::ClientType> about; // if a type could be read
    std::string text;                       // which field, for a developer
};

/// Never throws, whatever the text.
[[nodiscard]] Result<ClientMessage, ClientMessageError> parse_client_message(std::string_view text,
                                                                             const Settings& settings);

} // namespace vv::signal
