// An SCTP packet as it lies in a DTLS record (RFC 9260 §3): a common header and
// chunks. Checked once for its checksum and for the lengths of its chunks, then
// read in place. Writing goes through one writer that knows how much still fits.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/tagged.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::sctp {

inline constexpr std::size_t kCommonHeaderSize = 12;
inline constexpr std::size_t kChunkHeaderSize = 4;
inline constexpr std::size_t kParameterHeaderSize = 4;
/// Longer packets than a DTLS record can hold (RFC 8446 §5.1) come from nobody.
inline constexpr std::size_t kPacketSizeMax = 16'384;

/// Proves that a packet belongs to this association (RFC 9260 §8.5).
using VerificationTag = Tagged<std::uint32_t, struct VerificationTagTag>;
using StreamId = Tagged<std::uint16_t, struct StreamIdTag>;

enum class ChunkType : std::uint8_t {
    kData = 0,
    kInit = 1,
    kInitAck = 2,
    kSack = 3,
    kHeartbeat = 4,
    kHeartbeatAck = 5,
    kAbort = 6,
    kShutdown = 7,
    kShutdownAck = 8,
    kError = 9,
    kCookieEcho = 10,
    kCookieAck = 11,
    kShutdownComplete = 14,
    kReconfig = 130,   // RFC 6525
    kForwardTsn = 192, // RFC 3758
};

/// RFC 9260 §3.3.10: why an ERROR or ABORT is sent. In them a cause has the form of a parameter.
inline constexpr std::uint16_t kCauseInvalidStream = 1;
inline constexpr std::uint16_t kCauseStaleCookie = 3;
inline constexpr std::uint16_t kCauseUnrecognizedChunk = 6;
inline constexpr std::uint16_t kCauseNoUserData = 9;
inline constexpr std::uint16_t kCauseUserAbort = 12;
inline constexpr std::uint16_t kCauseProtocolViolation = 13;

/// RFC 9260 §3.3.5: the parameter of a HEARTBEAT, which its answer brings back.
inline constexpr std::uint16_t kHeartbeatInfo = 1;

/// RFC 9260 §3.3.7: the tag in this packet is the receiver's own view of its peer's.
inline constexpr std::uint8_t kFlagTagReflected = 0x01;

struct CommonHeader {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    VerificationTag tag;

    friend bool operator==(const CommonHeader&, const CommonHeader&) = default;
};

struct Chunk {
    ChunkType type{};
    std::uint8_t flags = 0;
    ByteView value; ///< behind the chunk's header
    ByteView bytes; ///< with it, without padding
};

/// Type, length, value: parameters of chunks and causes of errors have one form.
struct Parameter {
    std::uint16_t type = 0;
    ByteView value;
    ByteView bytes; ///< with its header, without padding
};

/// Lengths are padded to four bytes everywhere in SCTP.
[[nodiscard]] constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

/// Steps through chunks, or through what else is left of them.
class ChunkReader {
public:
    explicit ChunkReader(ByteView chunks) : reader_(chunks), chunks_(chunks) {}

    /// Nothing at the end, or where the bytes stop making sense; the padding of the last one may be missing.
    [[nodiscard]] std::optional<Chunk> next();
    [[nodiscard]] bool at_end() const { return reader_.at_end(); }

private:
    ByteReader reader_;
    ByteView chunks_;
};

class ParameterReader {
public:
    explicit ParameterReader(ByteView parameters) : reader_(parameters), parameters_(parameters) {}

    [[nodiscard]] std::optional<Parameter> next();
    [[nodiscard]] bool at_end() const { return reader_.at_end(); }

private:
    ByteReader reader_;
    ByteView parameters_;
};

enum class PacketError : std::uint8_t {
    kBadSize,     ///< shorter than a header and a chunk, or over kPacketSizeMax
    kBadChecksum, ///< RFC 9260 §6.8
    kBadChunk,    ///< a chunk runs past the end, or is shorter than its own header
};

struct Packet {
    CommonHeader header;
    ByteView chunks; ///< at least one, and each whole

    [[nodiscard]] ChunkReader reader() const { return ChunkReader(chunks); }
};

[[nodiscard]] Result<Packet, PacketError> parse_packet(ByteView bytes);

/// A chunk that is being written: its length and padding are right once this ends. The buffer is that of a packet, or
/// holds chunks alone: every chunk begins at a multiple of four.
class ChunkScope {
public:
    ChunkScope(ByteBuffer& out, ChunkType type, std::uint8_t flags = 0);
    ChunkScope(const ChunkScope&) = delete;
    ChunkScope& operator=(const ChunkScope&) = delete;
    ~ChunkScope();

private:
    ByteBuffer& out_;
    std::size_t begin_;
};

/// The same for a parameter, or a cause of an error, within one. Its padding is written by what follows, since the
/// chunk's length does not count that of its last parameter (RFC 9260 §3.2).
class ParameterScope {
public:
    ParameterScope(ByteBuffer& out, std::uint16_t type);
    ParameterScope(const ParameterScope&) = delete;
    ParameterScope& operator=(const ParameterScope&) = delete;
    ~ParameterScope();

private:
    ByteBuffer& out_;
    std::size_t begin_;
};

/// A chunk that is all there at once.
void write_chunk(ByteBuffer& out, ChunkType type, ByteView value = {}, std::uint8_t flags = 0);

class PacketWriter {
public:
    /// size_max: of the whole packet.
    PacketWriter(const CommonHeader& header, std::size_t size_max);

    /// Bytes that chunks, with header and padding, may still take.
    [[nodiscard]] std::size_t room() const;
    [[nodiscard]] bool is_empty() const { return bytes_.size() == kCommonHeaderSize; }
    /// Where chunks are written; at most room() bytes of them.
    [[nodiscard]] ByteBuffer& chunks() { return bytes_; }
    /// With its checksum; the writer is used up.
    [[nodiscard]] ByteBuffer finish();

private:
    ByteBuffer bytes_;
    std::size_t size_max_;
};

} // namespace vv::sctp
