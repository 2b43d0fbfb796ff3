// Whatever comes in under keys that the sender of it does not know, between packets of an end that does: what nobody
// protected is let in by no profile, and moves nothing, so that each packet of the other end still gets in, once.
//
// The input: a byte that chooses the profile, then records: a byte that says what, a byte with the size, the bytes.
#include "base/assert.h"
#include "base/rng.h"
#include "rtp/packet.h"
#include "srtp/protector.h"
#include "srtp/unprotector.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

using namespace vv;

namespace {

constexpr std::array kProfiles{srtp::Profile::kAes128CmSha1, srtp::Profile::kAes128Gcm, srtp::Profile::kAes256Gcm};
constexpr std::size_t kRecordsMax = 200;

srtp::MasterKey key_of(srtp::Profile profile) {
    SeededRng rng(1);
    ByteBuffer key(srtp::key_size(profile));
    ByteBuffer salt(srtp::salt_size(profile));
    rng.fill(key);
    rng.fill(salt);
    return {{std::move(key)}, {std::move(salt)}};
}

class World {
public:
    explicit World(srtp::Profile profile) : sender_(profile, key_of(profile)), receiver_(profile, key_of(profile)) {}

    void carry_out(std::uint8_t kind, ByteView bytes) {
        switch (kind % 4) {
        case 0:
            return forge(bytes);
        case 1:
            return send(bytes);
        case 2:
            return send_rtcp(bytes);
        default:
            return spoil(bytes);
        }
    }

private:
    void forge(ByteView bytes) {
        ByteBuffer packet(bytes.begin(), bytes.end());
        VV_ASSERT(!receiver_.unprotect_rtp(packet));
        packet.assign(bytes.begin(), bytes.end());
        VV_ASSERT(!receiver_.unprotect_rtcp(packet));
    }
    // The first two bytes are how far the sequence number goes on, less than a window.
    void send(ByteView bytes) {
        ByteReader reader(bytes);
        sequence_ = static_cast<std::uint16_t>(sequence_ + 1 + reader.read_u16().value_or(0) % 1000);
        ByteBuffer packet;
        rtp::write_header(packet, {.sequence = sequence_, .ssrc = rtp::Ssrc(7)});
        ByteWriter(packet).write(reader.read_slice(reader.remaining()).value_or(ByteView()));
        const ByteBuffer plain = packet;
        packet.resize(plain.size() + srtp::kRtpOverheadMax);
        packet.resize(sender_.protect_rtp(packet, plain.size()).value());
        last_ = packet;
        expect_once(packet, plain, &srtp::Unprotector::unprotect_rtp);
    }
    void send_rtcp(ByteView bytes) {
        ByteBuffer packet{0x80, 201, 0, 1, 0, 0, 0, 7};
        ByteWriter(packet).write(bytes);
        const ByteBuffer plain = packet;
        packet.resize(plain.size() + srtp::kRtcpOverheadMax);
        packet.resize(sender_.protect_rtcp(packet, plain.size()).value());
        expect_once(packet, plain, &srtp::Unprotector::unprotect_rtcp);
    }
    template <typename Call>
    void expect_once(const ByteBuffer& packet, const ByteBuffer& plain, Call call) {
        ByteBuffer copy = packet;
        const auto opened = (receiver_.*call)(copy);
        VV_ASSERT(opened && std::ranges::equal(*opened, plain));
        copy = packet;
        VV_ASSERT((receiver_.*call)(copy).error() == srtp::Error::kReplayed);
    }
    // The last packet with other bytes over it: the first byte says where.
    void spoil(ByteView bytes) {
        if (last_.empty() || bytes.size() < 2) return;
        ByteBuffer packet = last_;
        for (std::size_t i = 1; i < bytes.size(); ++i) {
            const std::size_t place = (bytes[0] + i) % packet.size();
            packet[place] = static_cast<std::uint8_t>(packet[place] ^ bytes[i]);
        }
        VV_ASSERT(!receiver_.unprotect_rtp(packet)); // unchanged it has been here
    }

    srtp::Protector sender_;
    srtp::Unprotector receiver_;
    std::uint16_t sequence_ = 1000;
    ByteBuffer last_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader reader({data, size});
    const auto choice = reader.read_u8();
    if (!choice) return 0;
    World world(kProfiles.at(*choice % kProfiles.size()));
    for (std::size_t i = 0; i < kRecordsMax; ++i) {
        const auto kind = reader.read_u8();
        const auto length = reader.read_u8();
        if (!kind || !length) break;
        const auto bytes = reader.read_slice(std::min<std::size_t>(*length, reader.remaining()));
        world.carry_out(*kind, bytes.value_or(ByteView()));
    }
    return 0;
}
