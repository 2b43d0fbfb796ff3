// What a page signs to show that a resume token is its own (docs/protocol.md, Beginning). Both ends make it.
#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"

#include <string_view>

namespace vv::signal {

/// host: the server's, as the page was loaded from it; nonce: of this connection's `hello`.
[[nodiscard]] inline ByteBuffer resume_proof_message(std::string_view host, ByteView nonce, std::string_view token) {
    ByteBuffer message;
    ByteWriter writer(message);
    writer.write(as_bytes("visavis/1 resume"));
    writer.write_u8(0);
    writer.write(as_bytes(host));
    writer.write_u8(0);
    writer.write(nonce);
    writer.write(crypto::sha256(as_bytes(token)));
    return message;
}

} // namespace vv::signal
