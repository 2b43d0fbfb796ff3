// Bytes as what happens between two DTLS sessions: datagrams are delivered, lost,
// repeated, swapped, spoilt or made up, time goes by, data is sent, either end
// stops. Whatever it is, nobody gets keys that the partner has not, or data that
// the partner has not sent, and what is kept has its bounds.
#include "base/assert.h"
#include "dtls/datagram_bio.h"
#include "dtls/session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

namespace {

using namespace vv;
using namespace vv::dtls;
using namespace std::chrono_literals;

constexpr std::size_t kActionsMax = 200; // else one input takes seconds
constexpr std::size_t kFlyingMax = 64;
constexpr std::size_t kMadeUpLarge = 200; // from here on 32 bytes for each

const Certificate& certificate(std::size_t which) {
    static const std::array<Certificate, 3> kCertificates{Certificate::make(WallTime{}), Certificate::make(WallTime{}),
                                                          Certificate::make(WallTime{})};
    return kCertificates.at(which);
}

struct End {
    explicit End(std::size_t which) : session(certificate(which)) {}

    Session session;
    std::deque<ByteBuffer> incoming;
    bool is_started = false;
    std::optional<Connected> connected;
    bool is_over = false;
};

class Run {
public:
    explicit Run(ByteView input) : reader_(input) {}

    void play() {
        const std::uint8_t setting = next();
        for (std::size_t i = 0; i < kActionsMax && !reader_.at_end(); ++i) {
            act(setting);
            settle();
        }
    }

private:
    std::uint8_t next() { return reader_.read_u8().value_or(0); }

    void act(std::uint8_t setting) {
        const std::uint8_t action = next();
        const std::size_t which = action & 1U;
        End& end = ends_[which];
        switch ((action >> 1U) % 10U) {
        case 0:
            start(which, setting);
            break;
        case 1:
            deliver(end, 0, false);
            break;
        case 2:
            deliver(end, next(), true);
            break;
        case 3: // lost
            if (!end.incoming.empty()) end.incoming.pop_front();
            break;
        case 4:
            spoil(end);
            break;
        case 5:
            make_up(end);
            break;
        case 6:
            wait();
            break;
        case 7:
            now_ += std::chrono::milliseconds(next());
            break;
        case 8:
            (void)end.session.send(as_bytes(which == 0 ? "from 0" : "from 1"));
            break;
        case 9:
            if (next() == 0xC1) end.session.close(); // seldom
            break;
        default:
            break;
        }
    }
    void start(std::size_t which, std::uint8_t setting) {
        End& end = ends_[which];
        if (end.is_started || end.is_over) return;
        end.is_started = true;
        SessionConfig config{.role = which == 0 ? Role::kActive : Role::kPassive, .partner = {}};
        const bool is_wrong = (setting & 0x0FU) == 0x0FU && which == 0;
        config.partner = {certificate(is_wrong ? 2 : 1 - which).fingerprint()};
        if ((setting & 0x10U) != 0) config.mtu = config.fallback_mtu = kMtuMin;
        if ((setting & 0x20U) != 0) config.role = Role::kActive;
        config.round_trip = std::chrono::milliseconds(setting);
        end.session.start(now_, std::move(config));
    }
    void deliver(End& end, std::size_t which, bool stays) {
        if (end.incoming.empty()) return;
        const auto at = end.incoming.begin() + static_cast<std::ptrdiff_t>(which % end.incoming.size());
        const ByteBuffer datagram = *at;
        if (!stays) end.incoming.erase(at);
        end.session.handle_input(now_, datagram);
    }
    void spoil(End& end) {
        if (end.incoming.empty()) return;
        ByteBuffer& datagram = end.incoming.front();
        const std::size_t high = next();
        const std::size_t at = (high << 8U | next()) % datagram.size();
        const std::uint8_t value = next();
        if (value == 0) {
            datagram.resize(std::max<std::size_t>(at, 1));
        } else {
            datagram[at] ^= value;
        }
        deliver(end, 0, false);
    }
    void make_up(End& end) {
        std::size_t size = next();
        if (size > kMadeUpLarge) size = (size - kMadeUpLarge) * 32;
        end.session.handle_input(now_, *reader_.read_slice(std::min(size, reader_.remaining())));
    }
    void wait() {
        std::optional<Instant> first;
        for (const End& end : ends_) {
            const auto time = end.session.poll_timeout();
            if (time && (!first || *time < *first)) first = time;
        }
        if (first) now_ = std::max(now_, *first);
        for (End& end : ends_)
            end.session.handle_timeout(now_);
    }

    void settle() {
        for (std::size_t which = 0; which < 2; ++which) {
            std::size_t sent = 0;
            while (auto datagram = ends_[which].session.poll_transmit()) {
                VV_ASSERT(++sent <= kTransmitQueueMax);
                VV_ASSERT(!datagram->empty() && datagram->size() <= kMtuDefault && looks_like_dtls((*datagram)[0]));
                auto& incoming = ends_[1 - which].incoming;
                if (incoming.size() < kFlyingMax) incoming.push_back(*std::move(datagram));
            }
            take_events(which);
        }
        const auto& one = ends_[0].connected;
        const auto& other = ends_[1].connected;
        if (!one || !other) return;
        VV_ASSERT(one->srtp && other->srtp && one->srtp->profile == other->srtp->profile);
        VV_ASSERT(one->srtp->local == other->srtp->remote && one->srtp->remote == other->srtp->local);
    }
    void take_events(std::size_t which) {
        End& end = ends_[which];
        while (const auto event = end.session.poll_event()) {
            VV_ASSERT(end.is_started && !end.is_over); // nothing follows the end
            if (const auto* connected = std::get_if<Connected>(&*event)) {
                VV_ASSERT(!end.connected);
                end.connected = *connected;
            } else if (const auto* received = std::get_if<Received>(&*event)) {
                VV_ASSERT(end.connected && as_text(received->data) == (which == 0 ? "from 1" : "from 0"));
            } else {
                end.is_over = true;
            }
        }
        if (end.is_over) VV_ASSERT(!end.session.is_connected() && !end.session.poll_timeout());
    }

    ByteReader reader_;
    Instant now_{1h};
    std::array<End, 2> ends_{End{0}, End{1}};
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run({data, size}).play();
    return 0;
}
