// What it costs to protect a packet: our SRTP and Debian's libsrtp, in turns in one
// process, for a packet of sound and one of a picture. Beside them GCM with one
// context that is given its key anew for each packet, which is what a session would
// do that keeps no keyed context: it costs no memory and more time.
//
// Prints lines "PROFILE SIZE ours NS libsrtp NS opened NS libsrtp-opened NS", the
// medians of the rounds in processor time, and what a session takes of the heap.
#include "base/assert.h"
#include "base/rng.h"
#include "rtp/packet.h"
#include "srtp/protector.h"
#include "srtp/unprotector.h"

#include <openssl/evp.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace vv::srtp {
namespace {

constexpr std::array kProfiles{Profile::kAes128CmSha1, Profile::kAes128Gcm, Profile::kAes256Gcm};
constexpr std::array<std::size_t, 2> kSizes{172, 1112}; // 20 ms of Opus, a full packet of video
constexpr std::size_t kHeaderSize = 12;

const char* name_of(Profile profile) {
    switch (profile) {
    case Profile::kAes128CmSha1:
        return "cm-sha1";
    case Profile::kAes128Gcm:
        return "gcm-128";
    case Profile::kAes256Gcm:
        return "gcm-256";
    }
    return "";
}

MasterKey key_of(Profile profile) {
    SeededRng rng(1);
    ByteBuffer key(key_size(profile));
    ByteBuffer salt(salt_size(profile));
    rng.fill(key);
    rng.fill(salt);
    return {{std::move(key)}, {std::move(salt)}};
}

class Libsrtp {
public:
    Libsrtp(Profile profile, srtp_ssrc_type_t direction) {
        const auto set = profile == Profile::kAes128CmSha1 ? srtp_crypto_policy_set_rtp_default
                         : profile == Profile::kAes128Gcm  ? srtp_crypto_policy_set_aes_gcm_128_16_auth
                                                           : srtp_crypto_policy_set_aes_gcm_256_16_auth;
        srtp_policy_t policy{};
        set(&policy.rtp);
        set(&policy.rtcp);
        const MasterKey master = key_of(profile);
        ByteBuffer key(master.key.view().begin(), master.key.view().end());
        key.insert(key.end(), master.salt.view().begin(), master.salt.view().end());
        policy.key = key.data();
        policy.ssrc.type = direction;
        policy.window_size = kReplayWindowSize;
        VV_ASSERT(srtp_create(&session_, &policy) == srtp_err_status_ok);
    }
    Libsrtp(const Libsrtp&) = delete;
    Libsrtp& operator=(const Libsrtp&) = delete;
    ~Libsrtp() { srtp_dealloc(session_); }

    std::size_t protect(std::span<std::uint8_t> buffer, std::size_t size) {
        int whole = static_cast<int>(size);
        VV_ASSERT(srtp_protect(session_, buffer.data(), &whole) == srtp_err_status_ok);
        return static_cast<std::size_t>(whole);
    }
    void open(std::span<std::uint8_t> packet) {
        int size = static_cast<int>(packet.size());
        VV_ASSERT(srtp_unprotect(session_, packet.data(), &size) == srtp_err_status_ok);
    }

private:
    srtp_t session_ = nullptr;
};

// The same work as GcmSealer's, but for setting the key each time.
class Rekeyed {
public:
    explicit Rekeyed(Profile profile)
        : cipher_(EVP_CIPHER_fetch(nullptr, profile == Profile::kAes128Gcm ? "AES-128-GCM" : "AES-256-GCM", nullptr)),
          context_(EVP_CIPHER_CTX_new()),
          key_(key_size(profile), 7) {
        VV_ASSERT(EVP_EncryptInit_ex2(context_, cipher_, key_.data(), iv_.data(), nullptr) == 1);
    }
    Rekeyed(const Rekeyed&) = delete;
    Rekeyed& operator=(const Rekeyed&) = delete;
    ~Rekeyed() {
        EVP_CIPHER_CTX_free(context_);
        EVP_CIPHER_free(cipher_);
    }
    void seal(std::span<std::uint8_t> packet) {
        ++iv_[0];
        int written = 0;
        const auto text = packet.subspan(kHeaderSize);
        std::array<std::uint8_t, 16> tag{};
        VV_ASSERT(EVP_EncryptInit_ex2(context_, nullptr, key_.data(), iv_.data(), nullptr) == 1 &&
                  EVP_EncryptUpdate(context_, nullptr, &written, packet.data(), kHeaderSize) == 1 &&
                  EVP_EncryptUpdate(context_, text.data(), &written, text.data(), static_cast<int>(text.size())) == 1 &&
                  EVP_EncryptFinal_ex(context_, tag.data(), &written) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1);
    }

private:
    EVP_CIPHER* cipher_;
    EVP_CIPHER_CTX* context_;
    ByteBuffer key_;
    std::array<std::uint8_t, 12> iv_{};
};

double nanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

// A run of packets, written anew before each round: protecting them is in place.
class Packets {
public:
    Packets(std::size_t count, std::size_t size) : size_(size), packets_(count, ByteBuffer(size + kRtpOverheadMax)) {}

    void write(std::uint32_t first) {
        for (ByteBuffer& packet : packets_) {
            ByteBuffer header;
            rtp::write_header(
                header, {.payload_type = 96, .sequence = static_cast<std::uint16_t>(first++), .ssrc = rtp::Ssrc(1)});
            std::ranges::copy(header, packet.begin());
        }
    }
    /// Processor time of one call for each packet.
    template <typename Call>
    double time_each(Call call) {
        const double begin = nanoseconds();
        for (ByteBuffer& packet : packets_)
            call(std::span(packet), size_);
        return (nanoseconds() - begin) / static_cast<double>(packets_.size());
    }

private:
    std::size_t size_;
    std::vector<ByteBuffer> packets_;
};

void compare(Profile profile, std::size_t size, std::size_t rounds) {
    constexpr std::size_t kCount = 500; // they stay in the second cache, and below a wrap
    Packets packets(kCount, size);
    Protector ours(profile, key_of(profile));
    Unprotector our_opener(profile, key_of(profile));
    Libsrtp theirs(profile, ssrc_any_outbound);
    Libsrtp their_opener(profile, ssrc_any_inbound);
    Rekeyed rekeyed(is_aead(profile) ? profile : Profile::kAes128Gcm);
    std::vector<double> times[5];
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto first = static_cast<std::uint32_t>(round * kCount);
        packets.write(first);
        times[0].push_back(packets.time_each(
            [&](std::span<std::uint8_t> buffer, std::size_t length) { VV_ASSERT(ours.protect_rtp(buffer, length)); }));
        const std::size_t whole = size + rtp_overhead(profile);
        times[2].push_back(packets.time_each([&](std::span<std::uint8_t> buffer, std::size_t) {
            VV_ASSERT(our_opener.unprotect_rtp(buffer.first(whole)));
        }));
        packets.write(first);
        times[1].push_back(packets.time_each(
            [&](std::span<std::uint8_t> buffer, std::size_t length) { (void)theirs.protect(buffer, length); }));
        times[3].push_back(packets.time_each(
            [&](std::span<std::uint8_t> buffer, std::size_t) { their_opener.open(buffer.first(whole)); }));
        times[4].push_back(packets.time_each(
            [&](std::span<std::uint8_t> buffer, std::size_t length) { rekeyed.seal(buffer.first(length)); }));
    }
    std::printf("%s %zu ours %.0f libsrtp %.0f opened %.0f libsrtp-opened %.0f\n", name_of(profile), size,
                median(times[0]), median(times[1]), median(times[2]), median(times[3]));
    if (is_aead(profile)) std::printf("%s %zu rekeyed %.0f\n", name_of(profile), size, median(times[4]));
}

std::size_t heap_bytes() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// Both directions of a call that has sent and received one source.
template <typename Make>
std::size_t memory_of(Make make) {
    constexpr std::size_t kSessions = 500;
    make(); // what the library keeps for itself
    const std::size_t before = heap_bytes();
    std::vector<std::invoke_result_t<Make>> sessions;
    sessions.reserve(kSessions);
    for (std::size_t i = 0; i < kSessions; ++i)
        sessions.push_back(make());
    return (heap_bytes() - before) / kSessions;
}

void compare_memory(Profile profile) {
    ByteBuffer plain;
    rtp::write_header(plain, {.sequence = 1, .ssrc = rtp::Ssrc(1)});
    const auto fresh = [&] {
        ByteBuffer bytes(100);
        std::ranges::copy(plain, bytes.begin());
        return bytes;
    };
    const std::size_t ours = memory_of([&] {
        auto pair = std::make_unique<std::pair<Protector, Unprotector>>(
            std::piecewise_construct, std::forward_as_tuple(profile, key_of(profile)),
            std::forward_as_tuple(profile, key_of(profile)));
        ByteBuffer bytes = fresh();
        const auto whole = pair->first.protect_rtp(bytes, 50);
        VV_ASSERT(whole && pair->second.unprotect_rtp(std::span(bytes).first(*whole)));
        return pair;
    });
    const std::size_t theirs = memory_of([&] {
        auto pair = std::make_pair(std::make_unique<Libsrtp>(profile, ssrc_any_outbound),
                                   std::make_unique<Libsrtp>(profile, ssrc_any_inbound));
        ByteBuffer bytes = fresh();
        pair.second->open(std::span(bytes).first(pair.first->protect(bytes, 50)));
        return pair;
    });
    std::printf("%s memory ours %zu libsrtp %zu\n", name_of(profile), ours, theirs);
}

} // namespace
} // namespace vv::srtp

int main(int argc, char** argv) {
    const std::size_t rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 101;
    if (argc > 2 || rounds == 0) {
        std::fprintf(stderr, "usage: srtp_bench [ROUNDS]\n");
        return 2;
    }
    VV_ASSERT(srtp_init() == srtp_err_status_ok);
    for (const auto profile : vv::srtp::kProfiles) {
        for (const std::size_t size : vv::srtp::kSizes)
            vv::srtp::compare(profile, size, rounds);
        vv::srtp::compare_memory(profile);
    }
    return 0;
}
