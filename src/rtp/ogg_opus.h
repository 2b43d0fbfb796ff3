// Recordings of Opus as files (RFC 7845 in RFC 3533): a reader over the bytes of one, and a writer that appends to a
// buffer whose owner stores them. One stream of sound; others in the same file are passed over.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vv::rtp {

/// RFC 7845 §6: what a reader has to be able to take; a longer packet is refused.
inline constexpr std::size_t kOggPacketSizeMax = 61'440;
/// RFC 3533 §6: a page's table of lacing values.
inline constexpr std::size_t kOggSegmentsMax = 255;
/// The writer ends a page after this much sound, in units of 48 kHz, so that what is stored is not far behind.
inline constexpr std::uint64_t kOggPageDuration = 48'000;

/// RFC 7845 §5.1.
struct OpusHead {
    std::uint8_t channels = 2;
    std::uint16_t pre_skip = 0; ///< units of 48 kHz at the beginning that are not to be heard
    std::uint32_t input_rate = 48'000;
    friend bool operator==(const OpusHead&, const OpusHead&) = default;
};

enum class OggError : std::uint8_t {
    kNotOgg,      ///< something stands where a page should begin, or a page ends too early
    kBadChecksum, ///< a page is damaged
    kNotOpus,     ///< the first packet is no OpusHead that we know, or there is none
    kBadChannels, ///< it is one, of other channels than mono and stereo
    kBadPacket,   ///< a packet too long, or one that goes on where none has begun
};

class OggOpusReader {
public:
    /// file: outlives the reader.
    [[nodiscard]] static Result<OggOpusReader, OggError> open(ByteView file);

    [[nodiscard]] const OpusHead& head() const { return head_; }
    /// The next packet of sound, which holds until the next call. Nothing: the end.
    [[nodiscard]] Result<std::optional<ByteView>, OggError> next_packet();

private:
    explicit OggOpusReader(ByteView file) : file_(file) {}
    [[nodiscard]] Result<bool, OggError> read_page();
    /// Of the stream's next segments; false: the page is at its end and the packet is not.
    [[nodiscard]] Result<bool, OggError> read_segments();
    [[nodiscard]] Result<std::optional<ByteView>, OggError> read_packet();

    ByteReader file_;
    ByteReader segments_{ByteView()};
    ByteReader body_{ByteView()};
    std::optional<std::uint32_t> serial_;
    ByteBuffer packet_;
    bool has_begun_ = false; // a packet that the next page goes on with
    OpusHead head_;
};

class OggOpusWriter {
public:
    /// Writes the two pages of headers. out outlives the writer; its owner may take bytes off between calls.
    OggOpusWriter(ByteBuffer& out, const OpusHead& head, std::uint32_t serial);

    /// False: no packet of Opus (rtp/opus.h), and nothing is written.
    [[nodiscard]] bool write(ByteView packet);
    /// Sound that never came, in units of 48 kHz: packets of which a decoder makes up what it can. In steps of 2.5 ms.
    void write_gap(std::uint32_t duration);
    /// The last page. Nothing may be written after it.
    void finish();

private:
    void append(ByteView packet, std::uint32_t duration);
    void end_page(std::uint8_t flags);

    ByteBuffer& out_;
    std::uint32_t serial_;
    std::uint32_t page_ = 0;
    std::uint64_t position_ = 0; // in units of 48 kHz, behind the last packet
    std::uint64_t page_began_at_ = 0;
    ByteBuffer segments_;
    ByteBuffer body_;
};

} // namespace vv::rtp
