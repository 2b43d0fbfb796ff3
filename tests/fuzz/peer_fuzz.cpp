// Bytes as what happens between two peer connections: descriptions and candidates
// are told, spoilt or made up, datagrams are delivered, lost, repeated, spoilt or
// made up, time goes by, both ends talk, restart, change what they want, and
// stop. Whatever it is, nobody hears what the other end has not said, nothing
// comes after the end, and what is kept has its bounds.
//
// The input: a byte with settings, then actions: a byte that says what and of which
// end, and what that one needs.
#include "base/assert.h"
#include "base/overloaded.h"
#include "peer/connection.h"

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
using namespace vv::peer;
using namespace std::chrono_literals;

constexpr std::size_t kActionsMax = 150; // else one input takes seconds
constexpr std::size_t kFlyingMax = 128;
constexpr std::size_t kSignalsMax = 64;
/// What one step may make an end send: all there may be of media, and some of everything else.
constexpr std::size_t kSentMax = 2 * kOutgoingMediaMax + 1'024;
constexpr std::size_t kEventsMax = 4'096;
constexpr std::size_t kRunSteps = 400;

struct Reached {
    const char* what = "";
    bool yes = false;
};
enum What : std::size_t {
    kWasConnected,
    kMessage,
    kSound,
    kPicture,
    kAskedForPicture,
    kRepaired,
    kAnotherGeneration,
    kClosedByOther,
    kWrongFingerprint,
    kPathLost,
    kUnprotected,
    kBadDescription,
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): over all inputs
std::array<Reached, 12> g_reached{Reached{"a connection"},
                                  {"a message"},
                                  {"sound"},
                                  {"a picture"},
                                  {"a wish for a whole picture"},
                                  {"a packet that came again"},
                                  {"another generation of ICE"},
                                  {"a goodbye"},
                                  {"a wrong fingerprint"},
                                  {"the loss of a path"},
                                  {"media that is not authentic"},
                                  {"a description that is refused"}};
void reach(What what, bool yes = true) {
    g_reached.at(what).yes = g_reached.at(what).yes || yes;
}

const dtls::Certificate& certificate(std::size_t which) {
    static const std::array<dtls::Certificate, 2> kCertificates{dtls::Certificate::make(WallTime{}),
                                                                dtls::Certificate::make(WallTime{})};
    return kCertificates.at(which);
}

const std::array kSockets{SocketAddress{IpAddress::v4(0xC0000201), 5000},
                          SocketAddress{IpAddress::v4(0xC0000202), 6000}};
const SocketAddress kStranger{IpAddress::v4(0xC0000203), 7000};
constexpr std::array<std::string_view, 2> kWords{"from 0", "from 1"};

ByteBuffer sound_of(std::size_t which) {
    return {0x78, static_cast<std::uint8_t>(which), 1, 2, 3};
}
ByteBuffer picture_of(std::size_t which, bool is_key) {
    ByteBuffer bytes{static_cast<std::uint8_t>(is_key ? 0x10 : 0x11), 0, 0};
    if (is_key) bytes.insert(bytes.end(), {0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00});
    bytes.resize(3'000, static_cast<std::uint8_t>(which));
    return bytes;
}

struct Said {
    enum class Kind : std::uint8_t { kOffer, kAnswer, kCandidate };
    Kind kind = Kind::kOffer;
    std::string sdp{};
    Candidate candidate{};
};

struct End {
    explicit End(std::size_t which) : rng(which + 1), connection(Instant(1h), {}, certificate(which), rng) {}

    SeededRng rng;
    PeerConnection connection;
    std::deque<ByteBuffer> incoming;
    std::deque<Said> signals; // for it
    std::optional<ChannelId> channel;
    State state = State::kNew;
    std::uint32_t frames = 0;
    std::optional<Secured> secured;
};

class Run {
public:
    explicit Run(ByteView input) : reader_(input) {}

    void play() {
        const std::uint8_t setting = next();
        for (std::size_t which = 0; which < 2; ++which) {
            PeerConnection& connection = ends_.at(which).connection;
            if ((setting & 1U) != 0) connection.want_data();
            if ((setting & 2U) != 0) connection.want(MediaKind::kAudio, sdp::Direction::kSendRecv);
            if ((setting & 4U) != 0) connection.want(MediaKind::kVideo, sdp::Direction::kSendRecv);
            add_socket(which);
            connection.finish_gathering(now_);
            if ((setting & 8U) != 0) open_channel(ends_.at(which));
        }
        settle();
        for (std::size_t i = 0; i < kActionsMax && !reader_.at_end(); ++i) {
            act();
            settle();
        }
        leave_alone();
    }

private:
    std::uint8_t next() { return reader_.read_u8().value_or(0); }
    std::size_t next_u16() {
        const std::size_t high = next();
        return high << 8U | next();
    }
    ByteView slice() {
        const std::size_t size = next();
        return *reader_.read_slice(std::min(4 * size, reader_.remaining()));
    }

    void act() {
        static constexpr std::array<void (Run::*)(std::size_t), 20> kActions{
            &Run::offer, &Run::hear_signal, &Run::spoil_signal, &Run::make_up_signal, &Run::deliver, &Run::repeat,
            &Run::lose,  &Run::spoil,       &Run::make_up,      &Run::wait,           &Run::pass,    &Run::want,
            &Run::talk,  &Run::send_media,  &Run::restart,      &Run::close,          &Run::move,    &Run::ask,
            &Run::run,   &Run::channel};
        const std::uint8_t action = next();
        (this->*kActions.at((action >> 1U) % kActions.size()))(action & 1U);
    }

    // ---- signaling

    void offer(std::size_t which) { make_offer(which, IceRestart::kNo); }
    void restart(std::size_t which) { make_offer(which, IceRestart::kYes); }
    void make_offer(std::size_t which, IceRestart restart) {
        const auto offer = ends_.at(which).connection.make_offer(now_, restart);
        if (offer) tell(1 - which, {.kind = Said::Kind::kOffer, .sdp = *offer});
    }
    void tell(std::size_t whom, Said said) {
        auto& signals = ends_.at(whom).signals;
        if (signals.size() < kSignalsMax) signals.push_back(std::move(said));
    }
    void hear_signal(std::size_t which) {
        auto& signals = ends_.at(which).signals;
        if (signals.empty()) return;
        const Said said = std::move(signals.front());
        signals.pop_front();
        hear(which, said);
    }
    void hear(std::size_t which, const Said& said) {
        PeerConnection& connection = ends_.at(which).connection;
        if (said.kind == Said::Kind::kCandidate) {
            connection.add_remote_candidate(now_, said.candidate);
        } else if (said.kind == Said::Kind::kAnswer) {
            reach(kBadDescription, !connection.take_answer(now_, said.sdp));
        } else if (connection.take_offer(now_, said.sdp)) {
            const auto answer = connection.make_answer(now_);
            VV_ASSERT(answer.has_value()); // what was taken can be answered
            tell(1 - which, {.kind = Said::Kind::kAnswer, .sdp = *answer});
        } else {
            reach(kBadDescription);
        }
    }
    void spoil_signal(std::size_t which) {
        auto& signals = ends_.at(which).signals;
        const std::size_t at = next_u16();
        const auto value = static_cast<char>(next());
        if (signals.empty()) return;
        std::string& text =
            signals.front().kind == Said::Kind::kCandidate ? signals.front().candidate.line : signals.front().sdp;
        if (!text.empty()) text[at % text.size()] = value;
        hear_signal(which);
    }
    void make_up_signal(std::size_t which) {
        const std::uint8_t kind = next();
        const std::string text(as_text(slice()));
        if (kind % 3 == 2) return hear(which, {.kind = Said::Kind::kCandidate, .candidate = {.line = text}});
        hear(which, {.kind = kind % 3 == 0 ? Said::Kind::kOffer : Said::Kind::kAnswer, .sdp = text});
    }

    // ---- datagrams

    void input(std::size_t which, const SocketAddress& from, ByteView datagram) {
        ends_.at(which).connection.handle_input(now_, {ice::TransportId(1), from}, datagram);
    }
    void deliver(std::size_t which) {
        auto& incoming = ends_.at(which).incoming;
        if (incoming.empty()) return;
        const ByteBuffer datagram = std::move(incoming.front());
        incoming.pop_front();
        input(which, kSockets.at(1 - which), datagram);
    }
    void repeat(std::size_t which) {
        const auto& incoming = ends_.at(which).incoming;
        const std::size_t at = next();
        if (!incoming.empty()) input(which, kSockets.at(1 - which), ByteBuffer(incoming[at % incoming.size()]));
    }
    void lose(std::size_t which) {
        auto& incoming = ends_.at(which).incoming;
        for (std::size_t count = next() % 16U + 1; count > 0 && !incoming.empty(); --count)
            incoming.pop_front();
    }
    void spoil(std::size_t which) {
        auto& incoming = ends_.at(which).incoming;
        const std::size_t at = next_u16();
        const std::uint8_t value = next();
        if (incoming.empty()) return;
        ByteBuffer& datagram = incoming.front();
        datagram[at % datagram.size()] ^= value;
        deliver(which);
    }
    void make_up(std::size_t which) {
        const std::uint8_t from = next();
        input(which, from % 4 == 3 ? kStranger : kSockets.at(1 - which), slice());
    }

    // ---- time

    void advance(Duration duration) {
        now_ += duration;
        for (End& end : ends_) {
            // Whoever is woken as it asked does not ask for the same moment without end.
            for (int i = 0; end.connection.poll_timeout() && *end.connection.poll_timeout() <= now_; ++i) {
                VV_ASSERT(i < 100);
                end.connection.handle_timeout(now_);
                settle();
            }
        }
    }
    void pass(std::size_t /*which*/) { advance(std::chrono::milliseconds(next() * 4)); }
    void wait(std::size_t /*which*/) {
        std::optional<Instant> first;
        for (const End& end : ends_) {
            const auto at = end.connection.poll_timeout();
            if (at && (!first || *at < *first)) first = at;
        }
        if (first) advance(std::max<Duration>(*first - now_, Duration::zero()));
    }
    /// As on a good line, with good signaling.
    void run(std::size_t /*which*/) {
        for (std::size_t step = 0; step < kRunSteps; ++step) {
            const bool is_quiet =
                std::ranges::all_of(ends_, [](const End& end) { return end.incoming.empty() && end.signals.empty(); });
            if (is_quiet && step > kRunSteps / 4) return;
            for (const std::size_t which : {0U, 1U}) {
                hear_signal(which);
                settle();
                deliver(which);
                settle();
            }
            if (is_quiet) wait(0);
        }
    }
    void leave_alone() {
        for (End& end : ends_)
            end.incoming.clear();
        for (int i = 0; i < 40; ++i) {
            advance(5s);
            for (End& end : ends_)
                end.incoming.clear();
        }
        for (const End& end : ends_)
            VV_ASSERT(!end.connection.path()); // whose consent is over
    }

    // ---- what the ends do

    void add_socket(std::size_t which) {
        (void)ends_.at(which).connection.add_host(now_, {ice::TransportId(1), kSockets.at(which), {}});
    }
    void want(std::size_t which) {
        const std::uint8_t what = next();
        const auto direction = static_cast<sdp::Direction>(what >> 1U & 3U);
        const MediaKind kind = (what & 1U) != 0 ? MediaKind::kVideo : MediaKind::kAudio;
        if ((what & 8U) != 0) return ends_.at(which).connection.want_data();
        ends_.at(which).connection.want(kind, (what & 16U) != 0 ? std::nullopt : std::optional(direction));
    }
    void open_channel(End& end) {
        const auto id = end.connection.open_channel(now_, {.label = "a"});
        if (id) end.channel = *id;
    }
    void channel(std::size_t which) {
        End& end = ends_.at(which);
        if (next() % 2 == 0 || !end.channel) return open_channel(end);
        end.connection.close_channel(now_, *end.channel);
    }
    void talk(std::size_t which) {
        End& end = ends_.at(which);
        if (end.channel) (void)end.connection.send_text(now_, *end.channel, kWords.at(which));
    }
    void send_media(std::size_t which) {
        End& end = ends_.at(which);
        (void)end.connection.send_audio(now_, 960 * end.frames, sound_of(which));
        (void)end.connection.send_video(now_, 1'800 * end.frames, picture_of(which, end.frames == 0));
        ++end.frames;
    }
    void ask(std::size_t which) { ends_.at(which).connection.request_keyframe(now_); }
    void close(std::size_t which) {
        if (next() == 0xC1) ends_.at(which).connection.close(now_); // seldom
    }
    void move(std::size_t which) {
        ends_.at(which).connection.remove_transport(now_, ice::TransportId(1));
        settle();
        add_socket(which);
    }

    // ---- what follows, and what has to hold

    void settle() {
        for (const std::size_t which : {0U, 1U}) {
            End& end = ends_.at(which);
            std::size_t sent = 0;
            std::size_t events = 0;
            while (true) {
                if (auto event = end.connection.poll_event()) {
                    VV_ASSERT(++events <= kEventsMax);
                    take(which, *event);
                } else if (auto transmit = end.connection.poll_transmit()) {
                    VV_ASSERT(++sent <= kSentMax);
                    VV_ASSERT(!transmit->payload.empty() && transmit->payload.size() <= kMediaPacketMax);
                    auto& incoming = ends_.at(1 - which).incoming;
                    const bool arrives = transmit->route.remote == kSockets.at(1 - which);
                    if (arrives && incoming.size() < kFlyingMax) incoming.push_back(std::move(transmit->payload));
                } else {
                    break;
                }
            }
            expect_lawful(end);
        }
    }
    static void expect_lawful(const End& end) {
        const PeerConnection& connection = end.connection;
        VV_ASSERT(connection.state() == end.state); // it was told
        const auto fault = connection.fault();
        VV_ASSERT(fault.has_value() == (end.state == State::kFailed));
        const bool is_over = end.state == State::kClosed || (fault && !fault->can_restart());
        VV_ASSERT(!is_over || (!connection.poll_timeout() && !connection.path()));
        VV_ASSERT(end.state != State::kConnected || (connection.path() && connection.security()));
        const MediaStats pictures = connection.stats(MediaKind::kVideo);
        reach(kRepaired, pictures.received.repaired > 0);
        reach(kUnprotected, connection.counters().unprotected > 0);
    }
    void take(std::size_t which, Event& event) {
        End& end = ends_.at(which);
        const std::size_t other = 1 - which;
        std::visit(Overloaded{
                       [&](StateChanged& change) {
                           VV_ASSERT(change.state != end.state && end.state != State::kClosed);
                           end.state = change.state;
                           reach(kWasConnected, change.state == State::kConnected);
                           reach(kClosedByOther, change.state == State::kClosed);
                           if (!change.fault) return;
                           reach(kWrongFingerprint, change.fault->why == Fault::Why::kWrongFingerprint);
                           reach(kPathLost, change.fault->why == Fault::Why::kPathLost);
                       },
                       [&](Candidate& candidate) {
                           tell(other, {.kind = Said::Kind::kCandidate, .candidate = std::move(candidate)});
                       },
                       [&](PathChanged&) { reach(kAnotherGeneration, end.secured.has_value()); },
                       [&](Secured& secured) {
                           VV_ASSERT(!end.secured);
                           end.secured = secured;
                           const auto& theirs = ends_.at(other).secured;
                           VV_ASSERT(!theirs || (theirs->cipher == secured.cipher && theirs->srtp == secured.srtp));
                       },
                       [&](ChannelOpened& opened) {
                           if (!end.channel) end.channel = opened.id;
                       },
                       [&](ChannelMessage& message) {
                           VV_ASSERT(as_text(message.payload) == kWords.at(other));
                           reach(kMessage);
                       },
                       [&](ChannelClosed& closed) {
                           if (end.channel == closed.id) end.channel.reset();
                       },
                       [&](AudioFrame& frame) {
                           VV_ASSERT(frame.packet == sound_of(other));
                           reach(kSound);
                       },
                       [&](VideoFrame& frame) {
                           VV_ASSERT(frame.picture == picture_of(other, frame.head.is_key));
                           reach(kPicture);
                       },
                       [&](KeyframeWanted&) { reach(kAskedForPicture); },
                       [](auto&) {},
                   },
                   event);
    }

    ByteReader reader_;
    Instant now_{1h};
    std::array<End, 2> ends_{End(0), End(1)};
};

} // namespace

extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run({data, size}).play();
    return 0;
}
