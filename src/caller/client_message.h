// What a person's end says to the server, as text (docs/protocol.md).
#pragma once

#include "caller/mail.h"
#include "crypto/ecdsa.h"
#include "lobby/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vv::caller {

struct SeekPrefs {
    lobby::Media media = lobby::Media::kVideo;
    lobby::Need need = lobby::Need::kAny;
    std::vector<std::string> topics{};
};

/// What comes back as the same session.
struct Resumption {
    std::string token;
    crypto::P256Signature proof{};
    std::optional<HaveMark> have;
};

/// device: 16 to 32 bytes, or none.
[[nodiscard]] std::string write_hello(const crypto::P256PublicKey& key, ByteView device,
                                      const std::optional<Resumption>& resumption);
[[nodiscard]] std::string write_seek(std::string_view room, const SeekPrefs& prefs);
[[nodiscard]] std::string write_unseek();
struct OpenFields {
    std::string id;
    std::string door;
    std::string seat;
    std::string noise;
};
[[nodiscard]] std::string write_open(const OpenFields& fields, lobby::Media media);
[[nodiscard]] std::string write_accept(std::string_view call, std::string_view intro);
[[nodiscard]] std::string write_decline(std::string_view call);
[[nodiscard]] std::string write_relay(std::string_view call, const Letter& letter);
[[nodiscard]] std::string write_servers(std::string_view call);
[[nodiscard]] std::string write_leave(std::string_view call, lobby::LeaveReason reason);
[[nodiscard]] std::string write_probe();
[[nodiscard]] std::string write_ping(const std::optional<HaveMark>& have);

} // namespace vv::caller
