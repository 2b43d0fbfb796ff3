#include "rtp/ogg_opus.h"

#include "base/assert.h"
#include "rtp/opus.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace vv::rtp {
namespace {

constexpr std::string_view kCapture = "OggS";
constexpr std::string_view kHeadMagic = "OpusHead";
constexpr std::string_view kTagsMagic = "OpusTags";
constexpr std::string_view kVendor = "visavis";

// RFC 3533 §6.
constexpr std::size_t kPageHeaderSize = 27;
constexpr std::size_t kChecksumOffset = 22;
constexpr std::uint8_t kContinued = 1;
constexpr std::uint8_t kFirstPage = 2;
constexpr std::uint8_t kLastPage = 4;
constexpr std::uint8_t kSegmentFull = 255;

// RFC 3533 §6: CRC-32's polynomial, neither reflected nor inverted.
constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i << 24U;
        for (int bit = 0; bit < 8; ++bit)
            value = (value << 1U) ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
        table.at(i) = value;
    }
    return table;
}

std::uint32_t checksum(ByteView page) {
    static constexpr auto kTable = make_table();
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < page.size(); ++i) {
        const bool is_itself = i >= kChecksumOffset && i < kChecksumOffset + 4;
        value = (value << 8U) ^ kTable[(value >> 24U) ^ (is_itself ? 0U : page[i])];
    }
    return value;
}

// Ogg's integers have their lowest byte first.
void write_little(ByteBuffer& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
}
std::uint32_t read_little(ByteView bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = (value << 8U) | bytes[i];
    return value;
}

// RFC 7845 §5.1. Other mappings than mono and stereo are not ours.
Result<OpusHead, OggError> parse_head(ByteView packet) {
    constexpr std::size_t kSize = 19;
    if (packet.size() < kSize || as_text(packet.first(kHeadMagic.size())) != kHeadMagic)
        return Failure(OggError::kNotOpus);
    const std::uint8_t version = packet[8];
    const std::uint8_t mapping = packet[18];
    const OpusHead head{.channels = packet[9],
                        .pre_skip = static_cast<std::uint16_t>(read_little(packet.subspan(10, 2))),
                        .input_rate = read_little(packet.subspan(12, 4))};
    if (version > 15) return Failure(OggError::kNotOpus);
    if (mapping != 0 || (head.channels != 1 && head.channels != 2)) return Failure(OggError::kBadChannels);
    return head;
}

ByteBuffer head_packet(const OpusHead& head) {
    VV_ASSERT(head.channels == 1 || head.channels == 2);
    ByteBuffer packet;
    ByteWriter(packet).write(as_bytes(kHeadMagic));
    packet.push_back(1);
    packet.push_back(head.channels);
    write_little(packet, head.pre_skip, 2);
    write_little(packet, head.input_rate, 4);
    write_little(packet, 0, 3); // no gain, mapping 0
    return packet;
}

ByteBuffer tags_packet() {
    ByteBuffer packet;
    ByteWriter(packet).write(as_bytes(kTagsMagic));
    write_little(packet, kVendor.size(), 4);
    ByteWriter(packet).write(as_bytes(kVendor));
    write_little(packet, 0, 4);
    return packet;
}

} // namespace

Result<OggOpusReader, OggError> OggOpusReader::open(ByteView file) {
    OggOpusReader reader(file);
    const auto head = reader.read_packet();
    if (!head) return Failure(head.error());
    const std::optional<ByteView>& first = *head;
    if (!first) return Failure(OggError::kNotOpus);
    const auto parsed = parse_head(*first);
    if (!parsed) return Failure(parsed.error());
    reader.head_ = *parsed;
    const auto tags = reader.read_packet();
    if (!tags) return Failure(tags.error());
    // RFC 7845 §5.2: what they say is of no interest, but they are there.
    const std::optional<ByteView>& second = *tags;
    if (!second || !as_text(*second).starts_with(kTagsMagic)) return Failure(OggError::kNotOpus);
    return reader;
}

Result<std::optional<ByteView>, OggError> OggOpusReader::next_packet() {
    return read_packet();
}

// False: the file ends here.
Result<bool, OggError> OggOpusReader::read_page() {
    if (file_.at_end()) return false;
    ByteReader probe = file_;
    const auto header = probe.read_slice(kPageHeaderSize);
    if (!header || as_text(header->first(kCapture.size())) != kCapture || (*header)[4] != 0) {
        return Failure(OggError::kNotOgg);
    }
    const auto segments = probe.read_slice((*header)[26]);
    if (!segments) return Failure(OggError::kNotOgg);
    std::size_t size = 0;
    for (const std::uint8_t segment : *segments)
        size += segment;
    const auto body = probe.read_slice(size);
    if (!body) return Failure(OggError::kNotOgg);
    const auto page = file_.read_slice(kPageHeaderSize + segments->size() + size);
    if (!page || checksum(*page) != read_little(page->subspan(kChecksumOffset, 4))) {
        return Failure(OggError::kBadChecksum);
    }
    const std::uint32_t serial = read_little(header->subspan(14, 4));
    if (serial_.value_or(serial) != serial) return true; // another stream's
    serial_ = serial;
    if (((*header)[5] & kContinued) != 0 && !has_begun_) return Failure(OggError::kBadPacket);
    if (((*header)[5] & kContinued) == 0 && has_begun_) return Failure(OggError::kBadPacket);
    segments_ = ByteReader(*segments);
    body_ = ByteReader(*body);
    return true;
}

// True: packet_ is whole.
Result<bool, OggError> OggOpusReader::read_segments() {
    while (const auto segment = segments_.read_u8()) {
        const auto bytes = body_.read_slice(*segment);
        VV_ASSERT(bytes.has_value()); // the page is as long as its segments
        if (packet_.size() + bytes->size() > kOggPacketSizeMax) return Failure(OggError::kBadPacket);
        packet_.insert(packet_.end(), bytes->begin(), bytes->end());
        has_begun_ = *segment == kSegmentFull;
        if (!has_begun_) return true;
    }
    return false;
}

Result<std::optional<ByteView>, OggError> OggOpusReader::read_packet() {
    packet_.clear();
    while (true) {
        const auto is_whole = read_segments();
        if (!is_whole) return Failure(is_whole.error());
        if (*is_whole) return ByteView(packet_);
        const auto has_page = read_page();
        if (!has_page) return Failure(has_page.error());
        if (!*has_page)
            return has_begun_ ? Result<std::optional<ByteView>, OggError>(Failure(OggError::kBadPacket))
                              : std::optional<ByteView>();
    }
}

OggOpusWriter::OggOpusWriter(ByteBuffer& out, const OpusHead& head, std::uint32_t serial) : out_(out), serial_(serial) {
    append(head_packet(head), 0);
    end_page(kFirstPage); // RFC 7845 §3: each header ends its page
    append(tags_packet(), 0);
    end_page(0);
}

bool OggOpusWriter::write(ByteView packet) {
    const auto duration = opus_duration(packet);
    if (!duration || packet.size() > kOggPacketSizeMax) return false;
    append(packet, *duration);
    return true;
}

// RFC 7845 §4.1: frames without a byte, which RFC 6716 §4.6 has a decoder conceal.
void OggOpusWriter::write_gap(std::uint32_t duration) {
    constexpr std::array<std::pair<std::uint8_t, std::uint32_t>, 4> kEmpty{
        {{0xF8, 960}, {0xF0, 480}, {0xE8, 240}, {0xE0, 120}}}; // CELT, full band, 20 to 2.5 ms
    for (const auto& [toc, length] : kEmpty) {
        for (; duration >= length; duration -= length)
            append(ByteView(&toc, 1), length);
    }
}

void OggOpusWriter::append(ByteView packet, std::uint32_t duration) {
    const std::size_t needed = packet.size() / kSegmentFull + 1;
    VV_ASSERT(needed <= kOggSegmentsMax);
    if (segments_.size() + needed > kOggSegmentsMax || position_ - page_began_at_ >= kOggPageDuration) end_page(0);
    segments_.insert(segments_.end(), needed - 1, kSegmentFull);
    segments_.push_back(static_cast<std::uint8_t>(packet.size() % kSegmentFull));
    ByteWriter(body_).write(packet);
    position_ += duration;
}

void OggOpusWriter::end_page(std::uint8_t flags) {
    const std::size_t start = out_.size();
    ByteWriter writer(out_);
    writer.write(as_bytes(kCapture));
    writer.write_u8(0);
    writer.write_u8(flags);
    write_little(out_, position_, 8);
    write_little(out_, serial_, 4);
    write_little(out_, page_++, 4);
    write_little(out_, 0, 4);
    writer.write_u8(static_cast<std::uint8_t>(segments_.size()));
    writer.write(segments_);
    writer.write(body_);
    const std::uint32_t sum = checksum(ByteView(out_).subspan(start));
    for (std::size_t i = 0; i < 4; ++i)
        out_[start + kChecksumOffset + i] = static_cast<std::uint8_t>(sum >> (8U * i));
    segments_.clear();
    body_.clear();
    page_began_at_ = position_;
}

void OggOpusWriter::finish() {
    end_page(kLastPage);
}

} // namespace vv::rtp
