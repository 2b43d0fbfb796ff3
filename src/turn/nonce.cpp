#include "turn/nonce.h"

#include "base/encoding.h"
#include "crypto/secret.h"

namespace vv::turn {
namespace {

std::uint32_t whole_seconds(Instant time) {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

} // namespace

ByteBuffer NonceIssuer::make(std::uint32_t seconds, const ClientAddress& client) const {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    writer.write_u32(seconds);
    ByteBuffer covered = bytes;
    ByteWriter covered_writer(covered);
    covered_writer.write_u16(client.value().port);
    covered_writer.write(client.value().ip.bytes());
    writer.write_u64(crypto::siphash(key_, covered));
    return bytes;
}

std::string NonceIssuer::issue(Instant now, const ClientAddress& client) const {
    return base64url_encode(make(whole_seconds(now), client));
}

bool NonceIssuer::is_fresh(std::string_view nonce, Instant now, const ClientAddress& client) const {
    if (nonce.size() != kNonceSize) return false;
    const auto bytes = base64url_decode(nonce);
    if (!bytes) return false;
    const auto issued = ByteReader(*bytes).read_u32();
    if (!issued || !crypto::constant_time_equal(*bytes, make(*issued, client))) return false;
    // The difference is taken modulo 2^32, so a nonce from the future is a very old one.
    const std::uint32_t age = whole_seconds(now) - *issued;
    return age <= static_cast<std::uint64_t>(lifetime_.count());
}

} // namespace vv::turn
