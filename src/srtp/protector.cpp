#include "srtp/protector.h"

#include "base/assert.h"
#include "srtp/packet_index.h"
#include "srtp/wire.h"

namespace vv::srtp {
namespace {

std::optional<Error> refusal(ReplayWindow::Verdict verdict, Repeats repeats) {
    if (verdict == ReplayWindow::Verdict::kTooOld) return Error::kTooOld;
    if (verdict == ReplayWindow::Verdict::kSeen && repeats == Repeats::kRefused) return Error::kReplayed;
    return std::nullopt;
}

} // namespace

Protector::Cipher Protector::make_cipher(Profile profile, const SessionKeys& keys) {
    if (is_aead(profile)) return Cipher(std::in_place_type<GcmSealer>, keys);
    return Cipher(std::in_place_type<CmCipher>, keys);
}

Protector::Protector(Profile profile, const MasterKey& master, Repeats repeats)
    : profile_(profile),
      repeats_(repeats),
      rtp_(make_cipher(profile, derive_rtp_keys(profile, master))),
      rtcp_(make_cipher(profile, derive_rtcp_keys(profile, master))) {}

Result<std::size_t, Error> Protector::protect_rtp(std::span<std::uint8_t> buffer, std::size_t size) {
    const std::size_t whole = size + rtp_overhead(profile_);
    VV_ASSERT(buffer.size() >= whole);
    const auto header = rtp::payload_offset(buffer.first(size));
    if (!header) return Failure(Error::kMalformed);
    const rtp::Ssrc ssrc = rtp::ssrc_of(buffer);
    ReplayWindow* stream = rtp_streams_.find(ssrc);
    if (stream == nullptr && rtp_streams_.is_full()) return Failure(Error::kTooManyStreams);
    if (stream == nullptr) stream = &rtp_streams_.add(ssrc);
    const std::uint64_t index = guess_index(stream->highest(), rtp::sequence_of(buffer));
    if (index > kRtpIndexMax) return Failure(Error::kExhausted);
    if (const auto error = refusal(stream->check(index), repeats_)) return Failure(*error);
    std::visit([&](auto& cipher) { cipher.seal_rtp(buffer.first(whole), *header, ssrc, index); }, rtp_);
    stream->accept(index);
    return whole;
}

Result<std::size_t, Error> Protector::protect_rtcp(std::span<std::uint8_t> buffer, std::size_t size) {
    const std::size_t whole = size + rtcp_overhead(profile_);
    VV_ASSERT(buffer.size() >= whole);
    if (size < kRtcpClearSize) return Failure(Error::kMalformed);
    const rtp::Ssrc ssrc(read_u32(buffer.subspan<kRtcpSsrcOffset, 4>()));
    RtcpStream* stream = rtcp_streams_.find(ssrc);
    if (stream == nullptr && rtcp_streams_.is_full()) return Failure(Error::kTooManyStreams);
    if (stream == nullptr) stream = &rtcp_streams_.add(ssrc);
    if (stream->next_index > kRtcpIndexMax) return Failure(Error::kExhausted);
    const std::uint32_t index = stream->next_index++;
    std::visit([&](auto& cipher) { cipher.seal_rtcp(buffer.first(whole), ssrc, index); }, rtcp_);
    return whole;
}

} // namespace vv::srtp
