// A peer that has shaken hands with data channels of ours, and then sends whatever it
// likes, while time passes and our side opens, sends and closes: bytes as records of
// what happens. Memory stays within its limits, what is sent is well-formed, and
// nobody is kept busy for nothing.
#include "base/assert.h"
#include "base/rng.h"
#include "sctp/data_channels.h"
#include "sctp/hand_made_peer_for_test.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace vv;
using namespace vv::sctp;

constexpr std::size_t kRecordsMax = 400;
/// Packets that one happening may cause: a send buffer of the smallest, and control.
constexpr std::size_t kPacketsMax = 20'000;

struct Reached {
    const char* what = nullptr;
    bool yes = false;
};
enum Goal : std::size_t {
    kOpened,
    kMessage,
    kReset,
    kSentAgain,
    kForward,
    kRefused,
    kEndedByPeer,
    kEndedByTime,
    kBegunByUs,
    kGoals
};
std::array<Reached, kGoals> g_reached{{{"a channel that the peer opens"},
                                       {"a message"},
                                       {"a channel that is closed"},
                                       {"data that is sent again"},
                                       {"messages that are given up"},
                                       {"data that is refused"},
                                       {"an end that the peer makes"},
                                       {"an end for want of answers"},
                                       {"an association that we begin"}}};

class World {
public:
    explicit World(bool is_ours) : rng_(1), machine_({}, DtlsRole::kServer, rng_), peer_(machine_) {
        reach(kBegunByUs, is_ours);
        if (is_ours) {
            machine_.connect(peer_.now);
            peer_.accept();
        } else {
            peer_.connect();
        }
    }

    void carry_out(std::uint8_t kind, ByteView bytes) {
        ByteReader reader(bytes);
        constexpr std::array<void (World::*)(ByteReader&), 13> kHappenings{
            &World::peer_sends_chunks,
            &World::peer_sends_packet,
            &World::peer_sends_data,
            &World::peer_sends_sack,
            &World::time_passes,
            &World::we_open,
            &World::we_send,
            &World::we_close,
            &World::we_fetch,
            &World::peer_skips,
            &World::peer_resets,
            &World::peer_answers_reset,
            &World::we_end,
        };
        (this->*kHappenings.at(kind % kHappenings.size()))(reader);
        look();
    }

private:
    static ByteView rest(ByteReader& reader) { return reader.read_slice(reader.remaining()).value_or(ByteView{}); }

    // ---- what the peer does

    void peer_sends_chunks(ByteReader& reader) {
        ByteBuffer chunks;
        while (const auto type = reader.read_u8()) {
            const auto flags = reader.read_u8().value_or(0);
            const std::size_t size = std::min<std::size_t>(reader.read_u8().value_or(0), reader.remaining());
            write_chunk(chunks, static_cast<ChunkType>(*type), reader.read_slice(size).value_or(ByteView{}), flags);
        }
        if (!chunks.empty()) peer_.send(chunks);
    }
    // Its lengths are what they are; only the checksum is right.
    void peer_sends_packet(ByteReader& reader) { peer_.send(rest(reader)); }
    void peer_sends_data(ByteReader& reader) {
        const auto offset = reader.read_u16().value_or(0);
        const auto flags = reader.read_u8().value_or(0);
        DataChunk data;
        data.stream = StreamId(reader.read_u16().value_or(0));
        data.ssn = reader.read_u16().value_or(0);
        data.ppid = static_cast<Ppid>(reader.read_u8().value_or(0));
        const std::size_t times = (flags & 0x80U) != 0 ? 200 : 1; // as many more of the same
        data.is_end = (flags & 1U) != 0;
        data.is_begin = (flags & 2U) != 0;
        data.is_unordered = (flags & 4U) != 0;
        data.wants_sack = (flags & 8U) != 0;
        std::string payload(as_text(rest(reader)));
        if ((flags & 0x40U) != 0) payload.resize(1'100, 'x');
        if (payload.empty()) return;
        for (std::size_t i = 0; i < times; ++i) {
            const std::size_t step = (flags & 0x20U) != 0 ? 2 * i : i;
            peer_.send_data(static_cast<std::uint32_t>(offset + step), payload, data);
        }
    }
    void peer_sends_sack(ByteReader& reader) {
        const auto offset = reader.read_u16().value_or(0);
        const auto window = reader.read_u16().value_or(0);
        std::vector<GapBlock> gaps;
        unsigned at = 0;
        while (const auto skip = reader.read_u8()) {
            const unsigned first = at + 1U + *skip;
            const unsigned last = first + reader.read_u8().value_or(0);
            if (last > 0xFFFF) break;
            gaps.push_back({static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)});
            at = last;
        }
        peer_.send_sack(offset, gaps, window * 64U);
    }
    void peer_skips(ByteReader& reader) {
        const auto offset = reader.read_u16().value_or(0);
        std::vector<SkippedStream> streams;
        while (const auto stream = reader.read_u16())
            streams.push_back({StreamId(*stream), reader.read_u16().value_or(0)});
        ByteBuffer chunk;
        write_forward_tsn(chunk, peer_.own.initial_tsn - 1U + offset, streams);
        peer_.send(chunk);
    }
    void peer_resets(ByteReader& reader) {
        OutgoingReset reset;
        reset.request = peer_.own.initial_tsn + reader.read_u8().value_or(0);
        reset.last_tsn = peer_.own.initial_tsn - 1U + reader.read_u16().value_or(0);
        while (const auto stream = reader.read_u16())
            reset.streams.emplace_back(*stream);
        ByteBuffer chunk;
        write_outgoing_reset(chunk, reset);
        peer_.send(chunk);
    }
    void peer_answers_reset(ByteReader& reader) {
        ByteBuffer chunk;
        const std::uint32_t request = peer_.theirs.initial_tsn + reader.read_u8().value_or(0);
        write_reconfig_response(chunk, {request, static_cast<ReconfigResult>(reader.read_u8().value_or(1))});
        peer_.send(chunk);
    }

    // ---- what we do

    void time_passes(ByteReader& reader) {
        peer_.now += std::chrono::milliseconds(reader.read_u16().value_or(1));
        // A wake-up that is due, one that is not, and one too many.
        machine_.handle_timeout(peer_.now);
        machine_.handle_timeout(peer_.now);
        VV_ASSERT(!machine_.poll_timeout() || *machine_.poll_timeout() > peer_.now);
    }
    void we_open(ByteReader& reader) {
        const auto how = reader.read_u8().value_or(0);
        ChannelOptions options{.is_ordered = (how & 1U) == 0};
        if ((how & 2U) != 0) options.retransmissions_max = how >> 4U;
        if ((how & 4U) != 0) options.lifetime_max = std::chrono::milliseconds(how);
        options.label = as_text(rest(reader));
        (void)machine_.open(peer_.now, options);
    }
    void we_send(ByteReader& reader) {
        const ChannelId id(reader.read_u16().value_or(0));
        const ByteBuffer payload(std::size_t{8} * reader.read_u16().value_or(0));
        const auto kind = reader.read_u8().value_or(0) % 2 == 0 ? PayloadKind::kText : PayloadKind::kBytes;
        (void)machine_.send(peer_.now, id, kind, payload);
    }
    void we_close(ByteReader& reader) { machine_.close(peer_.now, ChannelId(reader.read_u16().value_or(0))); }
    void we_fetch(ByteReader& /*reader*/) {
        while (const auto event = machine_.poll_event()) {
            if (const auto* const opened = std::get_if<ChannelOpenedEvent>(&*event)) reach(kOpened, opened->is_remote);
            reach(kMessage, std::holds_alternative<ChannelMessageEvent>(*event));
            reach(kReset, std::holds_alternative<ChannelClosedEvent>(*event));
            const auto* const ended = std::get_if<ChannelsEndedEvent>(&*event);
            reach(kEndedByPeer, ended != nullptr && ended->reason == EndReason::kPeerAborted);
            reach(kEndedByTime, ended != nullptr && ended->reason == EndReason::kTimedOut);
        }
    }
    void we_end(ByteReader& reader) {
        if (reader.read_u8().value_or(0) % 2 == 0) {
            machine_.shutdown(peer_.now);
        } else {
            machine_.abort(peer_.now);
        }
    }

    // ---- what has to be so at all times

    static void reach(Goal goal, bool yes) { g_reached.at(goal).yes = g_reached.at(goal).yes || yes; }

    void look() {
        std::size_t packets = 0;
        while (const auto packet = peer_.poll()) {
            VV_ASSERT(++packets <= kPacketsMax);
            check_packet(*packet);
        }
        const Association& association = machine_.association();
        VV_ASSERT(association.held() <= kReceiveHardFactor * kReceiveWindow);
        // What was let in, and what cutting it into chunks costs besides.
        VV_ASSERT(association.send_cost() <= (kSendBufferMax + kSendBufferReserve) / 8 * 9);
        VV_ASSERT(machine_.count() <= kChannelsMax);
        VV_ASSERT(!association.has_ended() || (!machine_.poll_timeout() && association.send_cost() == 0));
        reach(kSentAgain, association.stats().chunks_sent_again > 0);
        reach(kRefused, association.stats().data_refused > 0);
    }
    void check_packet(ByteView bytes) {
        VV_ASSERT(bytes.size() <= kPacketSize && bytes.size() % 4 == 0);
        const auto packet = parse_packet(bytes);
        VV_ASSERT(packet && packet->header.source_port == 5'000 && packet->header.destination_port == 5'000);
        ChunkReader chunks = packet->reader();
        while (const auto chunk = chunks.next()) {
            switch (chunk->type) {
            case ChunkType::kData:
                VV_ASSERT(parse_data(*chunk).has_value());
                break;
            case ChunkType::kSack:
                VV_ASSERT(parse_sack(chunk->value).has_value());
                break;
            case ChunkType::kForwardTsn:
                VV_ASSERT(parse_forward_tsn(chunk->value).has_value());
                reach(kForward, true);
                break;
            case ChunkType::kReconfig:
                VV_ASSERT(parse_reconfig(chunk->value).has_value());
                break;
            default:
                break;
            }
        }
    }

    SeededRng rng_;
    DataChannels machine_;
    test::HandMadePeer<DataChannels> peer_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // No kind of record: we begin.
    constexpr std::uint8_t kOurs = 0xFF;
    const bool is_ours = size > 0 && data[0] == kOurs;
    World world(is_ours);
    ByteReader reader(ByteView(data, size).subspan(is_ours ? 1 : 0));
    for (std::size_t i = 0; i < kRecordsMax; ++i) {
        const auto kind = reader.read_u8();
        const auto length = reader.read_u8();
        if (!kind || !length) break;
        world.carry_out(*kind,
                        reader.read_slice(std::min<std::size_t>(*length, reader.remaining())).value_or(ByteView{}));
    }
    return 0;
}

// Read by replay.cpp once the whole corpus has been through.
extern "C" const char* fuzz_corpus_misses() {
    const auto missed = std::ranges::find(g_reached, false, &Reached::yes);
    return missed != g_reached.end() ? missed->what : nullptr;
}
