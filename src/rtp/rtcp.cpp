#include "rtp/rtcp.h"

#include <optional>
#include <utility>

namespace vv::rtp {
namespace {

constexpr std::uint8_t kCnameItem = 1;
constexpr std::uint8_t kEndItem = 0;

// The header that all packets share, and what stands behind it without padding.
struct Piece {
    std::uint8_t count; // or a format
    std::uint8_t type;
    ByteView body;
};

// RFC 3550 §6.4.1: the last byte says how many bytes of padding there are, itself included, in whole words.
std::optional<ByteView> without_padding(ByteView body) {
    const std::size_t padding = body.empty() ? 0 : body.back();
    if (padding == 0 || padding % 4 != 0 || padding > body.size()) return std::nullopt;
    return body.first(body.size() - padding);
}

Result<Piece, RtcpError> read_piece(ByteReader& reader) {
    const auto first = reader.read_u8();
    const auto type = reader.read_u8();
    const auto words = reader.read_u16();
    if (!first || !type || !words) return Failure(RtcpError::kTooShort);
    if (*first >> 6U != kVersion) return Failure(RtcpError::kBadVersion);
    const auto body = reader.read_slice(std::size_t{*words} * 4);
    if (!body) return Failure(RtcpError::kTooShort);
    Piece piece{static_cast<std::uint8_t>(*first & 0x1FU), *type, *body};
    if ((*first & 0x20U) == 0) return piece;
    const auto rest = reader.at_end() ? without_padding(*body) : std::nullopt;
    if (!rest) return Failure(RtcpError::kBadPadding);
    piece.body = *rest;
    return piece;
}

std::optional<Ssrc> read_ssrc(ByteReader& reader) {
    const auto value = reader.read_u32();
    return value ? std::optional(Ssrc(*value)) : std::nullopt;
}

std::int32_t sign_extended_24(std::uint32_t value) {
    return static_cast<std::int32_t>(value << 8U) >> 8;
}

std::optional<std::vector<ReportBlock>> read_blocks(ByteReader& reader, std::size_t count) {
    constexpr std::size_t kBlockSize = 24;
    if (reader.remaining() < count * kBlockSize) return std::nullopt;
    std::vector<ReportBlock> blocks(count);
    for (ReportBlock& block : blocks) {
        block.source = Ssrc(reader.read_u32().value_or(0));
        const std::uint32_t lost = reader.read_u32().value_or(0);
        block.fraction_lost = static_cast<std::uint8_t>(lost >> 24U);
        block.cumulative_lost = sign_extended_24(lost & 0xFFFFFFU);
        block.highest_sequence = reader.read_u32().value_or(0);
        block.jitter = reader.read_u32().value_or(0);
        block.last_report = reader.read_u32().value_or(0);
        block.delay = reader.read_u32().value_or(0);
    }
    return blocks; // what a profile adds behind them is passed over
}

std::optional<RtcpPacket> read_sender_report(const Piece& piece) {
    ByteReader reader(piece.body);
    const auto sender = read_ssrc(reader);
    const auto ntp = reader.read_u64();
    const auto timestamp = reader.read_u32();
    const auto packets = reader.read_u32();
    const auto octets = reader.read_u32();
    if (!sender || !ntp || !timestamp || !packets || !octets) return std::nullopt;
    auto blocks = read_blocks(reader, piece.count);
    if (!blocks) return std::nullopt;
    return SenderReport{*sender, {*ntp, *timestamp, *packets, *octets}, std::move(*blocks)};
}

std::optional<RtcpPacket> read_receiver_report(const Piece& piece) {
    ByteReader reader(piece.body);
    const auto sender = read_ssrc(reader);
    auto blocks = read_blocks(reader, piece.count);
    if (!sender || !blocks) return std::nullopt;
    return ReceiverReport{*sender, std::move(*blocks)};
}

// RFC 3550 §6.5: items up to a zero, and zeros up to the next word.
std::optional<SourceDescription::Chunk> read_chunk(ByteReader& reader) {
    const auto source = read_ssrc(reader);
    if (!source) return std::nullopt;
    SourceDescription::Chunk chunk{*source, {}};
    while (const auto item = reader.read_u8()) {
        if (*item == kEndItem) {
            const std::size_t rest = (4 - reader.position() % 4) % 4;
            return reader.read_slice(rest) ? std::optional(std::move(chunk)) : std::nullopt;
        }
        const auto size = reader.read_u8();
        const auto text = size ? reader.read_slice(*size) : std::nullopt;
        if (!text) return std::nullopt;
        if (*item == kCnameItem && chunk.cname.empty()) chunk.cname = as_text(*text);
    }
    return std::nullopt;
}

std::optional<RtcpPacket> read_source_description(const Piece& piece) {
    ByteReader reader(piece.body);
    SourceDescription description;
    for (std::size_t i = 0; i < piece.count; ++i) {
        auto chunk = read_chunk(reader);
        if (!chunk) return std::nullopt;
        description.chunks.push_back(std::move(*chunk));
    }
    return description;
}

std::optional<RtcpPacket> read_goodbye(const Piece& piece) {
    ByteReader reader(piece.body);
    Goodbye goodbye;
    for (std::size_t i = 0; i < piece.count; ++i) {
        const auto source = read_ssrc(reader);
        if (!source) return std::nullopt;
        goodbye.sources.push_back(*source);
    }
    if (const auto size = reader.read_u8()) {
        const auto text = reader.read_slice(*size);
        if (!text) return std::nullopt;
        goodbye.reason = as_text(*text);
    }
    return goodbye;
}

// RFC 4585 §6.2.1: a number, and a bit for each of the sixteen behind it.
std::optional<RtcpPacket> read_nack(Ssrc sender, Ssrc media, ByteReader reader) {
    if (reader.at_end() || reader.remaining() % 4 != 0) return std::nullopt;
    Nack nack{sender, media, {}};
    while (const auto first = reader.read_u16()) {
        nack.sequences.push_back(*first);
        const unsigned further = reader.read_u16().value_or(0);
        for (unsigned bit = 0; bit < 16; ++bit) {
            if ((further >> bit & 1U) != 0) nack.sequences.push_back(static_cast<std::uint16_t>(*first + bit + 1));
        }
    }
    return nack;
}

std::optional<RtcpPacket> read_full_intra_request(Ssrc sender, ByteReader reader) {
    if (reader.at_end() || reader.remaining() % 8 != 0) return std::nullopt;
    FullIntraRequest request{sender, {}};
    while (const auto media = read_ssrc(reader)) {
        request.entries.push_back({*media, reader.read_u8().value_or(0)});
        (void)reader.read_slice(3); // reserved
    }
    return request;
}

std::optional<RtcpPacket> read_feedback(const Piece& piece) {
    ByteReader reader(piece.body);
    const auto sender = read_ssrc(reader);
    const auto media = read_ssrc(reader);
    if (!sender || !media) return std::nullopt;
    if (static_cast<RtcpType>(piece.type) == RtcpType::kTransportFeedback) {
        if (piece.count == kFormatNack) return read_nack(*sender, *media, reader);
    } else {
        if (piece.count == kFormatPli) return PictureLoss{*sender, *media};
        if (piece.count == kFormatFir) return read_full_intra_request(*sender, reader);
    }
    return UnknownRtcp{piece.type, piece.count};
}

std::optional<RtcpPacket> read_body(const Piece& piece) {
    switch (static_cast<RtcpType>(piece.type)) {
    case RtcpType::kSenderReport:
        return read_sender_report(piece);
    case RtcpType::kReceiverReport:
        return read_receiver_report(piece);
    case RtcpType::kSourceDescription:
        return read_source_description(piece);
    case RtcpType::kGoodbye:
        return read_goodbye(piece);
    case RtcpType::kTransportFeedback:
    case RtcpType::kPayloadFeedback:
        return read_feedback(piece);
    }
    return UnknownRtcp{piece.type, piece.count};
}

} // namespace

Result<std::vector<RtcpPacket>, RtcpError> parse_rtcp(ByteView compound) {
    if (compound.empty()) return Failure(RtcpError::kTooShort);
    std::vector<RtcpPacket> packets;
    ByteReader reader(compound);
    while (!reader.at_end()) {
        if (packets.size() == kRtcpPacketsMax) return Failure(RtcpError::kTooManyPackets);
        const auto piece = read_piece(reader);
        if (!piece) return Failure(piece.error());
        auto packet = read_body(*piece);
        if (!packet) return Failure(RtcpError::kBadBody);
        packets.push_back(std::move(*packet));
    }
    return packets;
}

} // namespace vv::rtp
