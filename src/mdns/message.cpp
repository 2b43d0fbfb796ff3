#include "mdns/message.h"

#include "base/assert.h"

#include <algorithm>
#include <string_view>

namespace vv::mdns {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeAny = 255;
constexpr std::uint16_t kClassInternet = 1;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint16_t kTopOfClass =
    0x8000; // RFC 6762 §18.12, §18.13: of a question, that unicast is wanted; of a record, that it is the only one
constexpr std::uint16_t kAnswerFlags = 0x8400; // RFC 6762 §18: an answer, authoritative
constexpr std::uint16_t kAnswerBit = 0x8000;
constexpr std::uint16_t kOpcodeMask = 0x7800;
constexpr std::uint16_t kRcodeMask = 0x000F;
constexpr std::uint8_t kPointerBits = 0xC0; // RFC 1035 §4.1.4
constexpr std::size_t kHeadSize = 12;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Nothing: the record says something else, or is of another size than it should be.
std::optional<IpAddress> read_address(std::uint16_t type, ByteView data) {
    IpAddress::V4 v4{};
    IpAddress::V6 v6{};
    if (type == kTypeA && data.size() == v4.size()) {
        std::ranges::copy(data, v4.begin());
        return IpAddress::v4(v4);
    }
    if (type == kTypeAaaa && data.size() == v6.size()) {
        std::ranges::copy(data, v6.begin());
        return IpAddress::v6(v6);
    }
    return std::nullopt;
}

class Parser {
public:
    explicit Parser(ByteView bytes) : bytes_(bytes) {}

    std::optional<Message> parse() {
        if (bytes_.size() < kHeadSize) return std::nullopt;
        Message message;
        const std::uint16_t flags = u16(2);
        if ((flags & (kOpcodeMask | kRcodeMask)) != 0) return std::nullopt; // RFC 6762 §18.3, §18.11
        message.is_answer = (flags & kAnswerBit) != 0;
        const std::size_t questions = u16(4);
        const std::size_t records = std::size_t{u16(6)} + u16(8) + u16(10);
        if (questions + records > kEntriesMax) return std::nullopt;
        at_ = kHeadSize;
        for (std::size_t i = 0; i < questions; ++i)
            if (!read_question(message)) return std::nullopt;
        for (std::size_t i = 0; i < records; ++i)
            if (!read_record(message)) return std::nullopt;
        return message;
    }

private:
    [[nodiscard]] std::uint16_t u16(std::size_t at) const {
        return static_cast<std::uint16_t>((bytes_[at] << 8U) | bytes_[at + 1]);
    }
    [[nodiscard]] bool has(std::size_t size) const { return bytes_.size() - at_ >= size; }

    // RFC 1035 §4.1.4: a name may end in what stands further to the front. Each jump goes to the front, so that there
    // is an end.
    std::optional<std::string> read_name() {
        std::string name;
        std::size_t at = at_;
        std::size_t limit = at_; // of the next jump
        bool has_jumped = false;
        for (;;) {
            if (at >= bytes_.size()) return std::nullopt;
            const std::size_t size = bytes_[at];
            if (size == 0) {
                if (!has_jumped) at_ = at + 1;
                return name;
            }
            if ((size & kPointerBits) == kPointerBits) {
                if (bytes_.size() - at < 2) return std::nullopt;
                const std::size_t to = u16(at) & 0x3FFFU;
                if (to >= limit || to < kHeadSize) return std::nullopt;
                if (!has_jumped) at_ = at + 2;
                has_jumped = true;
                at = limit = to;
                continue;
            }
            if ((size & kPointerBits) != 0 || bytes_.size() - at <= size) return std::nullopt;
            if (!name.empty()) name += '.';
            for (const std::uint8_t byte : bytes_.subspan(at + 1, size))
                name += lower(static_cast<char>(byte));
            if (name.size() > kNameSizeMax) return std::nullopt;
            at += 1 + size;
        }
    }

    bool read_question(Message& message) {
        auto name = read_name();
        if (!name || !has(4)) return false;
        const std::uint16_t type = u16(at_);
        const std::uint16_t of_class = u16(at_ + 2);
        at_ += 4;
        const auto plain = static_cast<std::uint16_t>(of_class & ~kTopOfClass);
        if (plain != kClassInternet && plain != kClassAny) return true;
        const Question question{.name = *std::move(name),
                                .wants_ipv4 = type == kTypeA || type == kTypeAny,
                                .wants_ipv6 = type == kTypeAaaa || type == kTypeAny};
        if (question.wants_ipv4 || question.wants_ipv6) message.questions.push_back(question);
        return true;
    }

    bool read_record(Message& message) {
        auto name = read_name();
        if (!name || !has(10)) return false;
        const std::uint16_t type = u16(at_);
        const std::uint16_t of_class = u16(at_ + 2);
        const std::uint32_t ttl = (std::uint32_t{u16(at_ + 4)} << 16U) | u16(at_ + 6);
        const std::size_t size = u16(at_ + 8);
        at_ += 10;
        if (!has(size)) return false;
        const ByteView data = bytes_.subspan(at_, size);
        at_ += size;
        if ((of_class & ~kTopOfClass) != kClassInternet) return true;
        if (const auto address = read_address(type, data)) message.records.push_back({*std::move(name), *address, ttl});
        return true;
    }

    ByteView bytes_;
    std::size_t at_ = 0;
};

void write_name(ByteWriter& out, std::string_view name) {
    VV_ASSERT(is_name(name));
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('.', begin), name.size());
        out.write_u8(static_cast<std::uint8_t>(end - begin));
        out.write(as_bytes(name.substr(begin, end - begin)));
        begin = end + 1;
    }
    out.write_u8(0);
}

void write_head(ByteWriter& out, std::uint16_t flags, std::size_t questions, std::size_t answers) {
    VV_ASSERT(questions + answers <= kEntriesMax);
    out.write_u16(0);
    out.write_u16(flags);
    out.write_u16(static_cast<std::uint16_t>(questions));
    out.write_u16(static_cast<std::uint16_t>(answers));
    out.write_u32(0);
}

} // namespace

std::optional<Message> parse(ByteView bytes) {
    return Parser(bytes).parse();
}

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > kNameSizeMax) return false;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('.', begin), name.size());
        if (end == begin || end - begin > kLabelSizeMax) return false;
        begin = end + 1;
    }
    return true;
}

ByteBuffer write_query(std::span<const std::string> names) {
    ByteBuffer bytes;
    ByteWriter out(bytes);
    write_head(out, 0, 2 * names.size(), 0);
    for (const std::string& name : names) {
        for (const std::uint16_t type : {kTypeA, kTypeAaaa}) {
            write_name(out, name);
            out.write_u16(type);
            out.write_u16(kClassInternet);
        }
    }
    return bytes;
}

ByteBuffer write_answer(std::span<const AddressRecord> records) {
    ByteBuffer bytes;
    ByteWriter out(bytes);
    write_head(out, kAnswerFlags, 0, records.size());
    for (const AddressRecord& record : records) {
        write_name(out, record.name);
        const ByteView address = record.address.bytes();
        out.write_u16(record.address.is_v4() ? kTypeA : kTypeAaaa);
        out.write_u16(kClassInternet | kTopOfClass);
        out.write_u32(record.ttl);
        out.write_u16(static_cast<std::uint16_t>(address.size()));
        out.write(address);
    }
    return bytes;
}

} // namespace vv::mdns
