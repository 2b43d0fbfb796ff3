// A peer that says whatever it is told to: for what no association of ours would
// ever send. It has gone through the handshake properly, so its tags are right.
#pragma once

#include "base/assert.h"
#include "base/instant.h"
#include "sctp/association.h"
#include "sctp/init_chunk.h"
#include "sctp/packet.h"
#include "sctp/reconfig_chunk.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vv::sctp::test {

/// Machine: Association, or what wraps one.
template <typename Machine>
class HandMadePeer {
public:
    explicit HandMadePeer(Machine& machine) : machine_(machine) {}

    Instant now{std::chrono::seconds(1)};
    InitParameters own{.tag = VerificationTag(0xABCD),
                       .receive_window = 1'000'000,
                       .outbound_streams = kStreamsMax,
                       .inbound_streams = kStreamsMax,
                       .initial_tsn = 1'000,
                       .knows_forward_tsn = true,
                       .knows_reconfig = true};
    InitParameters theirs;
    ByteBuffer cookie;
    CommonHeader header{5'000, 5'000, VerificationTag()};

    void connect() {
        ByteBuffer init;
        write_init(init, own);
        send(init);
        const auto answer = poll();
        VV_ASSERT(answer.has_value());
        const auto packet = parse_packet(*answer);
        VV_ASSERT(packet && packet->header.tag == own.tag);
        const auto chunk = packet->reader().next();
        VV_ASSERT(chunk && chunk->type == ChunkType::kInitAck);
        const auto ack = parse_init(chunk->value);
        VV_ASSERT(ack.has_value());
        theirs = ack->parameters;
        cookie.assign(ack->cookie.begin(), ack->cookie.end());
        header.tag = theirs.tag;
        ByteBuffer echo;
        write_chunk(echo, ChunkType::kCookieEcho, cookie);
        send(echo);
        while (poll()) {
        }
    }
    /// The same, begun by the machine, which has been told to connect.
    void accept() {
        const auto begun = poll();
        VV_ASSERT(begun.has_value());
        const auto packet = parse_packet(*begun);
        VV_ASSERT(packet.has_value());
        const auto chunk = packet->reader().next();
        VV_ASSERT(chunk && chunk->type == ChunkType::kInit);
        const auto init = parse_init(chunk->value);
        VV_ASSERT(init.has_value());
        theirs = init->parameters;
        header.tag = theirs.tag;
        cookie.assign(20, 0x11);
        ByteBuffer ack;
        write_init_ack(ack, own, cookie, {});
        send(ack);
        const auto echo = poll();
        VV_ASSERT(echo.has_value());
        send_chunk(ChunkType::kCookieAck);
        while (poll()) {
        }
    }
    void send(ByteView chunks) { machine_.handle_input(now, packet(chunks)); }
    [[nodiscard]] ByteBuffer packet(ByteView chunks) const {
        PacketWriter writer(header, kPacketSizeMax);
        ByteWriter(writer.chunks()).write(chunks);
        return writer.finish();
    }
    void send_chunk(ChunkType type, ByteView value = {}, std::uint8_t flags = 0) {
        ByteBuffer chunk;
        write_chunk(chunk, type, value, flags);
        send(chunk);
    }
    /// offset: of its TSN from our first.
    void send_data(std::uint32_t offset, std::string_view text, DataChunk like = {.is_begin = true, .is_end = true}) {
        like.tsn = own.initial_tsn + offset;
        like.payload = as_bytes(text);
        ByteBuffer chunk;
        write_data(chunk, like);
        send(chunk);
    }
    /// offset: from their first; so many have come.
    void send_sack(std::uint32_t offset, const std::vector<GapBlock>& gaps = {}, std::uint32_t window = 1'000'000) {
        ByteBuffer chunk;
        write_sack(chunk, {.cumulative_tsn = theirs.initial_tsn + offset - 1, .receive_window = window, .gaps = gaps});
        send(chunk);
    }
    [[nodiscard]] std::optional<ByteBuffer> poll() { return machine_.poll_transmit(); }
    /// All chunks of what the machine has to send now, each a copy.
    [[nodiscard]] std::vector<ByteBuffer> poll_chunks() {
        std::vector<ByteBuffer> chunks;
        while (const auto bytes = poll()) {
            const auto parsed = parse_packet(*bytes);
            VV_ASSERT(parsed.has_value());
            auto reader = parsed->reader();
            while (const auto chunk = reader.next())
                chunks.emplace_back(chunk->bytes.begin(), chunk->bytes.end());
        }
        return chunks;
    }
    /// The last of its kind among them.
    [[nodiscard]] static std::optional<Chunk> last_of(ChunkType type, const std::vector<ByteBuffer>& chunks) {
        std::optional<Chunk> last;
        for (const ByteBuffer& bytes : chunks) {
            const auto chunk = ChunkReader(bytes).next();
            if (chunk->type == type) last = chunk;
        }
        return last;
    }

private:
    Machine& machine_;
};

} // namespace vv::sctp::test
