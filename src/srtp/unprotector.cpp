#include "srtp/unprotector.h"

#include "srtp/packet_index.h"
#include "srtp/wire.h"

#include <optional>

namespace vv::srtp {
namespace {

// Before the tag is looked at: what a window knows without any arithmetic (RFC 3711 §3.3 step 2).
std::optional<Error> refusal(const StreamTable<ReplayWindow>& streams, const ReplayWindow* stream,
                             std::uint64_t index) {
    if (stream == nullptr) return streams.is_full() ? std::optional(Error::kTooManyStreams) : std::nullopt;
    switch (stream->check(index)) {
    case ReplayWindow::Verdict::kSeen:
        return Error::kReplayed;
    case ReplayWindow::Verdict::kTooOld:
        return Error::kTooOld;
    case ReplayWindow::Verdict::kNew:
        break;
    }
    return std::nullopt;
}

// Once it is authentic.
void accept(StreamTable<ReplayWindow>& streams, ReplayWindow* stream, rtp::Ssrc ssrc, std::uint64_t index) {
    if (stream == nullptr) stream = &streams.add(ssrc);
    stream->accept(index);
}

} // namespace

Unprotector::Cipher Unprotector::make_cipher(Profile profile, const SessionKeys& keys) {
    if (is_aead(profile)) return Cipher(std::in_place_type<GcmOpener>, keys);
    return Cipher(std::in_place_type<CmCipher>, keys);
}

Unprotector::Unprotector(Profile profile, const MasterKey& master)
    : profile_(profile),
      rtp_(make_cipher(profile, derive_rtp_keys(profile, master))),
      rtcp_(make_cipher(profile, derive_rtcp_keys(profile, master))) {}

Result<std::span<std::uint8_t>, Error> Unprotector::unprotect_rtp(std::span<std::uint8_t> packet) {
    const std::size_t overhead = rtp_overhead(profile_);
    const auto header = rtp::payload_offset(packet);
    if (!header || packet.size() < *header + overhead) return Failure(Error::kMalformed);
    const rtp::Ssrc ssrc = rtp::ssrc_of(packet);
    ReplayWindow* const stream = rtp_streams_.find(ssrc);
    const auto highest = stream != nullptr ? stream->highest() : std::nullopt;
    const std::uint64_t index = guess_index(highest, rtp::sequence_of(packet));
    if (index > kRtpIndexMax) return Failure(Error::kExhausted);
    if (const auto error = refusal(rtp_streams_, stream, index)) return Failure(*error);
    const bool is_authentic =
        std::visit([&](auto& cipher) { return cipher.open_rtp(packet, *header, ssrc, index); }, rtp_);
    if (!is_authentic) return Failure(Error::kUnauthenticated);
    accept(rtp_streams_, stream, ssrc, index);
    return packet.first(packet.size() - overhead);
}

Result<std::span<std::uint8_t>, Error> Unprotector::unprotect_rtcp(std::span<std::uint8_t> packet) {
    const std::size_t overhead = rtcp_overhead(profile_);
    if (packet.size() < kRtcpClearSize + overhead || packet[0] >> 6U != rtp::kVersion) {
        return Failure(Error::kMalformed);
    }
    const rtp::Ssrc ssrc(read_u32(packet.subspan<kRtcpSsrcOffset, 4>()));
    const std::uint32_t word = std::visit([&](const auto& cipher) { return cipher.rtcp_word(packet); }, rtcp_);
    const std::uint32_t index = word & ~kRtcpEncrypted;
    ReplayWindow* const stream = rtcp_streams_.find(ssrc);
    if (const auto error = refusal(rtcp_streams_, stream, index)) return Failure(*error);
    const bool is_authentic = std::visit([&](auto& cipher) { return cipher.open_rtcp(packet, ssrc); }, rtcp_);
    if (!is_authentic) return Failure(Error::kUnauthenticated);
    accept(rtcp_streams_, stream, ssrc, index);
    return packet.first(packet.size() - overhead);
}

} // namespace vv::srtp
