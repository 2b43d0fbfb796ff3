#include "signal/resume_token.h"

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"
#include "lobby/limits.h"

#include <algorithm>
#include <span>

namespace vv::signal {
namespace {

constexpr std::string_view kKeyInfo = "visavis/1 resume-token key";
constexpr std::string_view kAssociated = "visavis/1 resume-token";
constexpr std::uint8_t kFormat = 4;
// Had no blocked_by. Read still, so that calls outlive the update that ended it.
constexpr std::uint8_t kFormerFormat = 3;
constexpr std::size_t kRoomTagMax = 64;
constexpr std::uint8_t kNoCall = 0;
constexpr std::uint8_t kHasCall = 1;

template <typename Tag>
void write_id(ByteWriter& writer, const lobby::NodeId<Tag>& id) {
    writer.write_u32(id.node);
    writer.write(id.random);
}

// Reads fields one after another; the first that is missing or out of range makes the whole token invalid.
class FieldReader {
public:
    explicit FieldReader(ByteView bytes) : reader_(bytes) {}

    std::uint8_t u8() { return take(reader_.read_u8()); }
    std::uint32_t u32() { return take(reader_.read_u32()); }
    std::uint64_t u64() { return take(reader_.read_u64()); }
    template <std::size_t size>
    std::array<std::uint8_t, size> bytes() {
        std::array<std::uint8_t, size> out{};
        const auto slice = reader_.read_slice(size);
        if (slice) std::ranges::copy(*slice, out.begin());
        valid_ = valid_ && slice.has_value();
        return out;
    }
    std::string text() {
        const auto slice = reader_.read_slice(u8());
        valid_ = valid_ && slice.has_value();
        return slice ? std::string(as_text(*slice)) : std::string();
    }
    template <typename Id>
    Id id() {
        Id id;
        id.node = u32();
        id.random = bytes<16>();
        return id;
    }
    template <typename Enum>
    Enum choice(Enum last) {
        const std::uint8_t value = u8();
        valid_ = valid_ && value <= static_cast<std::uint8_t>(last);
        return static_cast<Enum>(value);
    }
    [[nodiscard]] bool is_complete() const { return valid_ && reader_.at_end(); }

private:
    template <typename T>
    T take(const std::optional<T>& value) {
        valid_ = valid_ && value.has_value();
        return value.value_or(T{});
    }

    ByteReader reader_;
    bool valid_ = true;
};

void write_call(ByteWriter& writer, const lobby::ResumeCall& call) {
    write_id(writer, call.call);
    writer.write_u8(static_cast<std::uint8_t>(call.role));
    writer.write_u8(static_cast<std::uint8_t>(call.kind));
    write_id(writer, call.partner);
    writer.write(call.private_id.value());
    writer.write(call.seat.value());
    writer.write(call.partner_seat.value());
}

lobby::ResumeCall read_call(FieldReader& reader) {
    lobby::ResumeCall call;
    call.call = reader.id<lobby::CallId>();
    call.role = reader.choice(lobby::Role::kB);
    call.kind = reader.choice(lobby::CallKind::kPrivate);
    call.partner = reader.id<lobby::SessionId>();
    call.private_id = lobby::PrivateId(reader.bytes<16>());
    call.seat = lobby::SeatId(reader.bytes<16>());
    call.partner_seat = lobby::SeatId(reader.bytes<16>());
    return call;
}

void write_person(ByteWriter& writer, const lobby::PersonKey& person) {
    writer.write_u64(person.session);
    writer.write_u64(person.device);
}

std::vector<lobby::PersonKey> read_persons(FieldReader& reader) {
    std::vector<lobby::PersonKey> persons;
    for (std::uint8_t left = reader.u8(); left > 0; --left) {
        const std::uint64_t session = reader.u64();
        persons.push_back({session, reader.u64()});
    }
    return persons;
}

// Always of one length: who is blocked holds this token, and shall not read off its size that somebody did.
void write_padded(ByteWriter& writer, const std::vector<lobby::PersonKey>& persons) {
    writer.write_u8(static_cast<std::uint8_t>(persons.size()));
    for (std::size_t i = 0; i < lobby::kBlockedInTokenMax; ++i)
        write_person(writer, i < persons.size() ? persons[i] : lobby::PersonKey{});
}

std::vector<lobby::PersonKey> read_padded(FieldReader& reader) {
    const std::uint8_t count = reader.choice(static_cast<std::uint8_t>(lobby::kBlockedInTokenMax));
    std::vector<lobby::PersonKey> persons(lobby::kBlockedInTokenMax);
    for (lobby::PersonKey& person : persons) {
        person.session = reader.u64();
        person.device = reader.u64();
    }
    persons.resize(std::min<std::size_t>(count, persons.size()));
    return persons;
}

ByteBuffer write_contents(const TokenContents& contents) {
    ByteBuffer plain;
    ByteWriter writer(plain);
    writer.write_u8(kFormat);
    write_id(writer, contents.session);
    writer.write_u32(contents.number);
    writer.write(contents.thumbprint);
    writer.write(contents.epoch.value());
    writer.write_u64(static_cast<std::uint64_t>(contents.expiry.time_since_epoch().count()));
    writer.write_u8(contents.call ? kHasCall : kNoCall);
    if (contents.call) write_call(writer, *contents.call);
    writer.write_u8(static_cast<std::uint8_t>(contents.room.size()));
    writer.write(as_bytes(contents.room));
    writer.write_u8(static_cast<std::uint8_t>(contents.blocked.size()));
    for (const lobby::PersonKey& other : contents.blocked)
        write_person(writer, other);
    write_padded(writer, contents.blocked_by);
    return plain;
}

std::optional<TokenContents> read_contents(ByteView plain) {
    FieldReader reader(plain);
    const std::uint8_t format = reader.u8();
    if (format != kFormat && format != kFormerFormat) return std::nullopt;
    TokenContents contents;
    contents.session = reader.id<lobby::SessionId>();
    contents.number = reader.u32();
    contents.thumbprint = reader.bytes<32>();
    contents.epoch = lobby::Epoch(reader.bytes<8>());
    contents.expiry = WallTime(std::chrono::seconds(static_cast<std::int64_t>(reader.u64())));
    const std::uint8_t call = reader.u8();
    if (call == kHasCall) contents.call = read_call(reader);
    contents.room = reader.text();
    contents.blocked = read_persons(reader);
    if (format == kFormat) contents.blocked_by = read_padded(reader);
    if (call > kHasCall || !reader.is_complete()) return std::nullopt;
    return contents;
}

} // namespace

TokenSealer::TokenSealer(std::span<const std::uint8_t, 32> state_key) {
    const ByteBuffer key = crypto::hkdf_sha256(state_key, {}, as_bytes(kKeyInfo), key_.size());
    std::ranges::copy(key, key_.begin());
}

// nonce ‖ ciphertext ‖ tag. Random nonces of 96 bits: 2^32 tokens of one key leave a chance of 2^-33 that two meet.
std::string TokenSealer::seal(const TokenContents& contents, Rng& rng) const {
    VV_ASSERT(contents.room.size() <= kRoomTagMax && contents.blocked.size() <= lobby::kBlockedInTokenMax);
    VV_ASSERT(contents.blocked_by.size() <= lobby::kBlockedInTokenMax);
    const auto nonce = rng.bytes<crypto::kGcmNonceSize>();
    const ByteBuffer sealed = crypto::aes256_gcm_seal(key_, nonce, as_bytes(kAssociated), write_contents(contents));
    ByteBuffer token(nonce.begin(), nonce.end());
    token.insert(token.end(), sealed.begin(), sealed.end());
    return base64url_encode(token);
}

std::optional<TokenContents> TokenSealer::open(std::string_view token) const {
    if (token.size() > kTokenTextMax) return std::nullopt;
    const auto bytes = base64url_decode(token);
    if (!bytes || bytes->size() < crypto::kGcmNonceSize) return std::nullopt;
    const auto nonce = std::span<const std::uint8_t>(*bytes).first<crypto::kGcmNonceSize>();
    const auto sealed = ByteView(*bytes).subspan(crypto::kGcmNonceSize);
    const auto plain = crypto::aes256_gcm_open(key_, nonce, as_bytes(kAssociated), sealed);
    if (!plain) return std::nullopt;
    return read_contents(*plain);
}

} // namespace vv::signal
