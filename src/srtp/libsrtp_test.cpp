// The oracle: libsrtp protects what we open and opens what we protect, over wraps, loss, disorder, replay and
// tampering, and both say the same of each packet.
#include "base/rng.h"
#include "srtp/keys_for_test.h"
#include "srtp/protector.h"
#include "srtp/unprotector.h"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace vv::srtp {
namespace {

using test::rtcp_packet;
using test::rtp_packet;

class Libsrtp {
public:
    enum class Direction { kSending, kReceiving };

    Libsrtp(Profile profile, const MasterKey& master, Direction direction, bool encrypts_rtcp = true) {
        static const bool kReady = srtp_init() == srtp_err_status_ok;
        if (!kReady) std::abort();
        srtp_policy_t policy{};
        set_ciphers(policy, profile);
        if (!encrypts_rtcp) policy.rtcp.sec_serv = sec_serv_auth;
        ByteBuffer key(master.key.view().begin(), master.key.view().end());
        key.insert(key.end(), master.salt.view().begin(), master.salt.view().end());
        key.resize(SRTP_MAX_KEY_LEN);
        policy.key = key.data();
        policy.ssrc.type = direction == Direction::kSending ? ssrc_any_outbound : ssrc_any_inbound;
        policy.window_size = kReplayWindowSize;
        if (srtp_create(&session_, &policy) != srtp_err_status_ok) std::abort();
    }
    Libsrtp(const Libsrtp&) = delete;
    Libsrtp& operator=(const Libsrtp&) = delete;
    ~Libsrtp() { srtp_dealloc(session_); }

    std::optional<ByteBuffer> protect(ByteBuffer packet) { return run(srtp_protect, std::move(packet), true); }
    std::optional<ByteBuffer> protect_rtcp(ByteBuffer packet) {
        return run(srtp_protect_rtcp, std::move(packet), true);
    }
    std::optional<ByteBuffer> open(ByteBuffer packet) { return run(srtp_unprotect, std::move(packet), false); }
    std::optional<ByteBuffer> open_rtcp(ByteBuffer packet) {
        return run(srtp_unprotect_rtcp, std::move(packet), false);
    }

private:
    using Call = srtp_err_status_t (*)(srtp_t, void*, int*);

    static void set_ciphers(srtp_policy_t& policy, Profile profile) {
        const auto set = [&](auto call) {
            call(&policy.rtp);
            call(&policy.rtcp);
        };
        switch (profile) {
        case Profile::kAes128CmSha1:
            return set(srtp_crypto_policy_set_rtp_default);
        case Profile::kAes128Gcm:
            return set(srtp_crypto_policy_set_aes_gcm_128_16_auth);
        case Profile::kAes256Gcm:
            return set(srtp_crypto_policy_set_aes_gcm_256_16_auth);
        }
    }
    std::optional<ByteBuffer> run(Call call, ByteBuffer packet, bool grows) {
        int size = static_cast<int>(packet.size());
        if (grows) packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN);
        if (call(session_, packet.data(), &size) != srtp_err_status_ok) return std::nullopt;
        packet.resize(static_cast<std::size_t>(size));
        return packet;
    }

    srtp_t session_ = nullptr;
};

class Differential : public testing::TestWithParam<Profile> {
protected:
    std::optional<ByteBuffer> protect(ByteBuffer packet) {
        const std::size_t size = packet.size();
        packet.resize(size + kRtpOverheadMax);
        return cut(std::move(packet), protector.protect_rtp(packet, size));
    }
    std::optional<ByteBuffer> protect_rtcp(ByteBuffer packet) {
        const std::size_t size = packet.size();
        packet.resize(size + kRtcpOverheadMax);
        return cut(std::move(packet), protector.protect_rtcp(packet, size));
    }
    std::optional<ByteBuffer> open(ByteBuffer packet) {
        const auto plain = unprotector.unprotect_rtp(packet);
        return plain ? std::optional(ByteBuffer(plain->begin(), plain->end())) : std::nullopt;
    }
    std::optional<ByteBuffer> open_rtcp(ByteBuffer packet) {
        const auto plain = unprotector.unprotect_rtcp(packet);
        return plain ? std::optional(ByteBuffer(plain->begin(), plain->end())) : std::nullopt;
    }
    static std::optional<ByteBuffer> cut(ByteBuffer packet, const Result<std::size_t, Error>& size) {
        if (!size) return std::nullopt;
        packet.resize(*size);
        return packet;
    }

    MasterKey key = test::random_key(GetParam());
    Protector protector{GetParam(), key};
    Unprotector unprotector{GetParam(), key};
    Libsrtp sender{GetParam(), key, Libsrtp::Direction::kSending};
    Libsrtp receiver{GetParam(), key, Libsrtp::Direction::kReceiving};
    SeededRng rng{11};
};

INSTANTIATE_TEST_SUITE_P(Profiles, Differential, testing::ValuesIn(test::kProfiles), test::profile_name);

TEST_P(Differential, ProtectsByteForByteAlike) {
    std::uint16_t sequence = 65'400;
    for (int i = 0; i < 400; ++i) {
        const ByteBuffer packet = rtp_packet(sequence++, rng.below(300), static_cast<std::uint32_t>(rng.below(2)));
        const auto ours = protect(packet);
        ASSERT_TRUE(ours);
        ASSERT_EQ(ours, sender.protect(packet)) << i;
        ASSERT_EQ(receiver.open(*ours), packet) << i;
        ASSERT_EQ(open(*ours), packet) << i;
    }
}

TEST_P(Differential, ProtectsExtensionsAndSourcesAlike) {
    const ByteBuffer value{9, 8, 7, 6};
    for (std::uint16_t sequence = 0; sequence < 16; ++sequence) {
        ByteBuffer packet;
        rtp::write_header(packet, {sequence % 2 == 0, 100, sequence, 77, rtp::Ssrc(5)},
                          std::vector<rtp::Extension>(sequence % 3, rtp::Extension{2, value}),
                          std::vector<std::uint32_t>(sequence, 42));
        packet.insert(packet.end(), 33, 0x11);
        const auto ours = protect(packet);
        ASSERT_TRUE(ours);
        ASSERT_EQ(ours, sender.protect(packet));
        ASSERT_EQ(receiver.open(*ours), packet);
    }
}

// libsrtp counts RTCP from one, RFC 3711 §3.4 from zero: our second packet is its first.
TEST_P(Differential, ProtectsRtcpByteForByteAlike) {
    ASSERT_TRUE(receiver.open_rtcp(protect_rtcp(rtcp_packet()).value()));
    for (std::size_t i = 0; i < 50; ++i) {
        const ByteBuffer packet = rtcp_packet(0xCAFEBABE, i);
        const auto ours = protect_rtcp(packet);
        ASSERT_TRUE(ours);
        ASSERT_EQ(ours, sender.protect_rtcp(packet)) << i;
        ASSERT_EQ(receiver.open_rtcp(*ours), packet) << i;
        ASSERT_EQ(open_rtcp(*ours), packet) << i;
    }
}

TEST_P(Differential, TakesRtcpThatIsOnlyAuthenticated) {
    Libsrtp clear(GetParam(), key, Libsrtp::Direction::kSending, false);
    const ByteBuffer packet = rtcp_packet();
    const auto sealed = clear.protect_rtcp(packet);
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(std::equal(packet.begin(), packet.end(), sealed->begin()));
    EXPECT_EQ(open_rtcp(*sealed), packet);
    ByteBuffer changed = *sealed;
    changed[9] ^= 1U;
    EXPECT_EQ(open_rtcp(changed), std::nullopt);
}

// What one sends meets loss, disorder, repetition and changed bytes on its way to both receivers, who have to say the
// same of everything. Nothing stays for longer than libsrtp's window for RTCP, which has 128 places whatever one asks.
class Road {
public:
    explicit Road(Rng& rng) : rng_(rng) {}

    void put(ByteBuffer packet) {
        ++count_;
        if (rng_.below(10) == 0) return; // lost
        if (rng_.below(20) == 0) spoil(packet);
        underway_.push_back({count_, std::move(packet)});
    }
    /// Nothing: not yet.
    std::optional<ByteBuffer> take() {
        if (underway_.size() < 20) return std::nullopt;
        const bool is_late = underway_.front().number + 100 < count_;
        const auto place = static_cast<std::ptrdiff_t>(is_late ? 0 : rng_.below(underway_.size()));
        ByteBuffer packet = underway_[static_cast<std::size_t>(place)].bytes;
        if (is_late || rng_.below(10) != 0) underway_.erase(underway_.begin() + place); // else it comes again
        return packet;
    }

private:
    struct Traveller {
        std::size_t number;
        ByteBuffer bytes;
    };

    void spoil(ByteBuffer& packet) {
        // Not the count of sources and not the extension's: how short is too short, libsrtp answers in its own way.
        const std::size_t place = 1 + rng_.below(packet.size() - 1);
        packet[place] = static_cast<std::uint8_t>(packet[place] ^ (1U << rng_.below(8)));
    }

    Rng& rng_;
    std::vector<Traveller> underway_;
    std::size_t count_ = 0;
};

TEST_P(Differential, AgreesOnABadRoad) {
    for (const bool is_ours : {true, false}) {
        Road road(rng);
        Protector our_sender(GetParam(), key);
        Libsrtp their_sender(GetParam(), key, Libsrtp::Direction::kSending);
        Unprotector our_receiver(GetParam(), key);
        Libsrtp their_receiver(GetParam(), key, Libsrtp::Direction::kReceiving);
        std::size_t taken = 0;
        std::size_t refused = 0;
        for (std::uint32_t i = 0; i < 6000; ++i) {
            ByteBuffer packet = rtp_packet(static_cast<std::uint16_t>(30'000 + 37 * i), 40, 1 + i % 2);
            const std::size_t size = packet.size();
            if (is_ours) {
                packet.resize(size + kRtpOverheadMax);
                packet.resize(our_sender.protect_rtp(packet, size).value());
                road.put(packet);
            } else {
                road.put(their_sender.protect(packet).value());
            }
            auto arrived = road.take();
            if (!arrived) continue;
            const auto theirs = their_receiver.open(*arrived);
            const auto plain = our_receiver.unprotect_rtp(*arrived);
            ASSERT_EQ(plain.has_value(), theirs.has_value()) << i;
            ++(plain ? taken : refused);
            ASSERT_TRUE(!plain || std::ranges::equal(*plain, *theirs)) << i;
        }
        EXPECT_GT(taken, 3000U); // the rest is lost, changed, or behind the window
        EXPECT_GT(refused, 400U);
    }
}

TEST_P(Differential, AgreesOnRtcpOnABadRoad) {
    Road road(rng);
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (std::uint32_t i = 0; i < 2000; ++i) {
        road.put(sender.protect_rtcp(rtcp_packet(7, i % 20)).value());
        const auto arrived = road.take();
        if (!arrived) continue;
        const auto ours = open_rtcp(*arrived);
        ASSERT_EQ(ours, receiver.open_rtcp(*arrived)) << i;
        ++(ours ? taken : refused);
    }
    EXPECT_GT(taken, 1000U);
    EXPECT_GT(refused, 100U);
}

} // namespace
} // namespace vv::srtp
