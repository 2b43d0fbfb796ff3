#include "sctp/cookie.h"

#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace vv::sctp {
namespace {

constexpr unsigned kKnowsForwardTsn = 1;
constexpr unsigned kKnowsReconfig = 2;

std::optional<CookieContents> parse_contents(ByteView bytes) {
    ByteReader reader(bytes);
    const auto local_tag = reader.read_u32();
    const auto issued = reader.read_u64();
    const auto tag = reader.read_u32();
    const auto window = reader.read_u32();
    const auto outbound = reader.read_u16();
    const auto inbound = reader.read_u16();
    const auto tsn = reader.read_u32();
    const auto known = reader.read_u8();
    if (!local_tag || !issued || !tag || !window || !outbound || !inbound || !tsn || !known) return std::nullopt;
    CookieContents contents;
    contents.local_tag = VerificationTag(*local_tag);
    contents.issued = Instant(Duration(static_cast<Duration::rep>(*issued)));
    contents.peer = {.tag = VerificationTag(*tag),
                     .receive_window = *window,
                     .outbound_streams = *outbound,
                     .inbound_streams = *inbound,
                     .initial_tsn = *tsn,
                     .knows_forward_tsn = (*known & kKnowsForwardTsn) != 0,
                     .knows_reconfig = (*known & kKnowsReconfig) != 0};
    return contents;
}

} // namespace

ByteBuffer CookieSealer::seal(const CookieContents& contents) const {
    ByteBuffer cookie;
    ByteWriter writer(cookie);
    writer.write_u32(contents.local_tag.value());
    writer.write_u64(static_cast<std::uint64_t>(contents.issued.time_since_epoch().count()));
    writer.write_u32(contents.peer.tag.value());
    writer.write_u32(contents.peer.receive_window);
    writer.write_u16(contents.peer.outbound_streams);
    writer.write_u16(contents.peer.inbound_streams);
    writer.write_u32(contents.peer.initial_tsn);
    writer.write_u8(static_cast<std::uint8_t>((contents.peer.knows_forward_tsn ? kKnowsForwardTsn : 0U) |
                                              (contents.peer.knows_reconfig ? kKnowsReconfig : 0U)));
    writer.write(crypto::hmac_sha256(key_, cookie));
    return cookie;
}

std::optional<CookieContents> CookieSealer::open(ByteView cookie) const {
    if (cookie.size() < crypto::kSha256Size) return std::nullopt;
    const ByteView contents = cookie.first(cookie.size() - crypto::kSha256Size);
    const auto digest = crypto::hmac_sha256(key_, contents);
    if (!crypto::constant_time_equal(digest, cookie.last(crypto::kSha256Size))) return std::nullopt;
    return parse_contents(contents);
}

} // namespace vv::sctp
