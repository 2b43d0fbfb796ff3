#include "rtp/ivf.h"

#include <string_view>

namespace vv::rtp {
namespace {

constexpr std::string_view kSignature = "DKIF";
constexpr std::string_view kVp8 = "VP80";
constexpr std::size_t kPictureHeadSize = 12;

template <typename Integer>
Integer read_little(ByteView bytes, std::size_t at) {
    Integer value = 0;
    for (std::size_t i = sizeof(Integer); i > 0; --i)
        value = static_cast<Integer>((value << 8U) | bytes[at + i - 1]);
    return value;
}

template <typename Integer>
void write_little(ByteBuffer& out, Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void write_text(ByteBuffer& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}

} // namespace

Result<IvfReader, IvfError> IvfReader::open(ByteView file) {
    if (file.size() < kIvfHeadSize || as_text(file.first(4)) != kSignature) return Failure(IvfError::kNotIvf);
    if (as_text(file.subspan(8, 4)) != kVp8) return Failure(IvfError::kNotVp8);
    const std::size_t head_size = read_little<std::uint16_t>(file, 6);
    const IvfHead head{.width = read_little<std::uint16_t>(file, 12),
                       .height = read_little<std::uint16_t>(file, 14),
                       .denominator = read_little<std::uint32_t>(file, 16),
                       .numerator = read_little<std::uint32_t>(file, 20)};
    if (head_size < kIvfHeadSize || head_size > file.size() || head.denominator == 0 || head.numerator == 0) {
        return Failure(IvfError::kNotIvf);
    }
    return IvfReader(file.subspan(head_size), head);
}

Result<std::optional<IvfPicture>, IvfError> IvfReader::next_picture() {
    if (rest_.empty()) return std::optional<IvfPicture>();
    if (rest_.size() < kPictureHeadSize) return Failure(IvfError::kTruncated);
    const std::size_t size = read_little<std::uint32_t>(rest_, 0);
    if (size > kIvfPictureSizeMax) return Failure(IvfError::kTooLong);
    if (rest_.size() - kPictureHeadSize < size) return Failure(IvfError::kTruncated);
    const IvfPicture picture{read_little<std::uint64_t>(rest_, 4), rest_.subspan(kPictureHeadSize, size)};
    rest_ = rest_.subspan(kPictureHeadSize + size);
    return std::optional(picture);
}

IvfWriter::IvfWriter(ByteBuffer& out, const IvfHead& head) : out_(out) {
    write_text(out_, kSignature);
    write_little<std::uint16_t>(out_, 0); // version
    write_little(out_, static_cast<std::uint16_t>(kIvfHeadSize));
    write_text(out_, kVp8);
    write_little(out_, head.width);
    write_little(out_, head.height);
    write_little(out_, head.denominator);
    write_little(out_, head.numerator);
    write_little<std::uint32_t>(out_, 0); // how many pictures: not known yet, and readers go on to the end
    write_little<std::uint32_t>(out_, 0);
}

void IvfWriter::write(std::uint64_t time, ByteView picture) {
    write_little(out_, static_cast<std::uint32_t>(picture.size()));
    write_little(out_, time);
    out_.insert(out_.end(), picture.begin(), picture.end());
}

} // namespace vv::rtp
