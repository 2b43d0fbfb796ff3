#include "sim/apps_for_test.h"
#include "sim/scenario_for_test.h"
#include "sim/streams.h"

#include <gtest/gtest.h>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

const SocketAddress kServer = at("12.0.0.1:443");

/// A client behind a NAT and a server.
struct Net {
    explicit Net(World& its_world, const LinkConfig& link = {.delay = 10ms}, const NatConfig& config = {})
        : world(its_world),
          nat(world.add_nat("nat", World::internet(), config, {ip("11.0.0.1")}, link)),
          alice(world.add_host("alice", nat.network, {ip("192.168.1.2")})),
          server(world.add_host("server", World::internet(), {ip("12.0.0.1")})),
          client(alice.run<Notebook>()),
          listener(server.run<Notebook>()) {
        EXPECT_TRUE(server.streams().listen(kServer, listener));
    }
    StreamId connect() { return alice.streams().connect(ip("192.168.1.2"), kServer, client).value(); }

    World& world;
    World::Inside<NatBox> nat;
    Host& alice;
    Host& server;
    Notebook& client;
    Notebook& listener;
};

std::string long_text(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

TEST(Streams, OpenAndCarryBothWays) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    EXPECT_TRUE(net.alice.streams().write(stream, as_bytes("hello")));
    world.run_for(20ms);
    EXPECT_EQ(net.client.opened, std::vector{stream}) << "one round trip";
    world.run_for(10ms);
    ASSERT_EQ(net.listener.accepted.size(), 1U);
    EXPECT_EQ(net.listener.accepted_from[0].ip, ip("11.0.0.1"));
    EXPECT_EQ(net.listener.stream_text, "hello");
    EXPECT_TRUE(net.server.streams().write(net.listener.accepted[0], as_bytes("good day")));
    world.run_for(10ms);
    EXPECT_EQ(net.client.stream_text, "good day");
}

TEST(Streams, NobodyListensMeansClosed) {
    World world(1);
    Net net(world);
    const auto stream = net.alice.streams().connect(ip("192.168.1.2"), at("12.0.0.1:444"), net.client);
    world.run_for(20ms);
    EXPECT_EQ(net.client.closed, std::vector{*stream});
    EXPECT_EQ(net.alice.streams().size(), 0U);
}

TEST(Streams, NobodyThereMeansClosedAfterTwoMinutes) {
    World world(1);
    Net net(world);
    const auto stream = net.alice.streams().connect(ip("192.168.1.2"), at("13.0.0.1:443"), net.client);
    world.run_for(122s);
    EXPECT_TRUE(net.client.closed.empty());
    world.run_for(2s);
    EXPECT_EQ(net.client.closed, std::vector{*stream});
}

TEST(Streams, AClosedEndTellsTheOtherAfterAllOfIt) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    const std::string text = long_text(100'000);
    EXPECT_TRUE(net.alice.streams().write(stream, as_bytes(text)));
    net.alice.streams().close(stream);
    EXPECT_FALSE(net.alice.streams().write(stream, as_bytes("too late")));
    world.run_for(5s);
    EXPECT_EQ(net.listener.stream_text, text);
    EXPECT_EQ(net.listener.closed.size(), 1U);
    EXPECT_TRUE(net.client.closed.empty()) << "who closes hears nothing more";
    EXPECT_EQ(net.alice.streams().size() + net.server.streams().size(), 0U);
}

TEST(Streams, AResetBreaksTheOtherEnd) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    world.run_for(1s);
    net.alice.streams().reset(stream);
    world.run_for(1s);
    EXPECT_EQ(net.listener.closed.size(), 1U);
    EXPECT_EQ(net.alice.streams().size() + net.server.streams().size(), 0U);
}

TEST(Streams, CarryEverythingInOrderWhateverTheLinesDo) {
    for_each_seed(8, [](World& world) {
        Net net(world, {.delay = 20ms, .jitter = 10ms, .loss = 0.15, .duplicate = 0.05, .reorder = 0.05});
        const StreamId stream = net.connect();
        const std::string up = long_text(120'000);
        const std::string down = long_text(30'000);
        EXPECT_TRUE(net.alice.streams().write(stream, as_bytes(up)));
        ASSERT_TRUE(world.run_for(1min, [&] { return !net.listener.accepted.empty(); }));
        EXPECT_TRUE(net.server.streams().write(net.listener.accepted[0], as_bytes(down)));
        EXPECT_TRUE(world.run_for(5min, [&] {
            return net.listener.stream_text.size() >= up.size() && net.client.stream_text.size() >= down.size();
        }));
        EXPECT_EQ(net.listener.stream_text, up);
        EXPECT_EQ(net.client.stream_text, down);
        net.alice.streams().close(stream);
        world.run_for(10min);
        EXPECT_EQ(net.listener.closed.size(), 1U);
        EXPECT_EQ(net.alice.streams().size() + net.server.streams().size(), 0U);
        EXPECT_EQ(world.packets_in_flight(), 0U);
    });
}

TEST(Streams, ALostAcceptanceIsRepeated) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    world.run_for(15ms);
    world.set_line_up(net.nat.network, false);
    world.run_for(10ms);
    world.set_line_up(net.nat.network, true);
    world.run_for(2s);
    EXPECT_EQ(net.client.opened, std::vector{stream});
    EXPECT_EQ(net.listener.accepted.size(), 1U);
}

TEST(Streams, ARebootedNatBreaksThem) {
    World world(1);
    Net net(world, {.delay = 10ms}, {.ports = PortChoice::kSequential});
    const StreamId stream = net.connect();
    world.run_for(1s);
    net.nat.box.reboot();
    EXPECT_TRUE(net.alice.streams().write(stream, as_bytes("from a port nobody knows")));
    world.run_for(1s);
    EXPECT_EQ(net.client.closed, std::vector{stream}) << "the server knows no such stream";
    EXPECT_TRUE(net.listener.stream_text.empty());
}

TEST(Streams, ACutLineBreaksThemInTime) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    world.run_for(1s);
    world.set_line_up(net.nat.network, false);
    EXPECT_TRUE(net.alice.streams().write(stream, as_bytes("hello")));
    EXPECT_TRUE(world.run_for(10min, [&] { return !net.client.closed.empty(); }));
    EXPECT_GT(world.time() - kBeginning, 30s);
    EXPECT_TRUE(net.listener.closed.empty()) << "it said nothing, and has not noticed";
}

TEST(Streams, ALostAddressBreaksThemAtOnce) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    world.run_for(1s);
    net.alice.roam(World::internet(), {ip("13.0.0.1")});
    EXPECT_EQ(net.client.closed, std::vector{stream});
    EXPECT_EQ(net.alice.streams().size(), 0U);
}

/// Gives up the rest when it loses one.
class Despairing : public Notebook {
public:
    using Notebook::Notebook;
    void handle_stream_closed(Instant now, StreamId stream) override {
        Notebook::handle_stream_closed(now, stream);
        for (const StreamId other : opened)
            host().streams().reset(other);
    }
};

TEST(Streams, ALostAddressBreaksThoseThatAreLeft) {
    World world(1);
    Net net(world);
    Despairing& client = net.alice.run<Despairing>();
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(net.alice.streams().connect(ip("192.168.1.2"), kServer, client).has_value());
    world.run_for(1s);
    ASSERT_EQ(client.opened.size(), 3U);
    net.alice.roam(World::internet(), {ip("13.0.0.1")});
    EXPECT_EQ(client.closed.size(), 1U);
    EXPECT_EQ(net.alice.streams().size(), 0U);
}

TEST(Streams, AStoppedProgramResetsItsOwn) {
    World world(1);
    Net net(world);
    const StreamId stream = net.connect();
    world.run_for(1s);
    net.server.stop(net.listener);
    world.run_for(1s);
    EXPECT_EQ(net.client.closed, std::vector{stream});
    (void)net.connect();
    world.run_for(1s);
    EXPECT_EQ(net.client.closed.size(), 2U) << "nobody listens any more";
}

TEST(Streams, AreAsManyAsTheyMayAndNotOneMore) {
    World world(1);
    Net net(world);
    for (std::size_t i = 0; i < kStreamsMax; ++i)
        ASSERT_TRUE(net.alice.streams().connect(ip("192.168.1.2"), kServer, net.client).has_value());
    EXPECT_FALSE(net.alice.streams().connect(ip("192.168.1.2"), kServer, net.client).has_value());
    EXPECT_FALSE(net.alice.streams().connect(ip("192.168.1.9"), kServer, net.client).has_value());
}

TEST(TcpEnd, AnotherBeginningEndsWhatTheOtherSideHasForgotten) {
    TcpEnd end(kBeginning, TcpEnd::Role::kAccepting);
    TcpHeader header;
    header.ack = true;
    end.handle_segment(kBeginning, header, as_bytes("hello"));
    EXPECT_EQ(end.state(), TcpEnd::State::kOpen);
    TcpHeader again;
    again.syn = true;
    end.handle_segment(kBeginning, again, {});
    EXPECT_TRUE(end.was_broken());
}

TEST(TcpEnd, TakesAsMuchAsItMayHoldAndNotAByteMore) {
    TcpEnd end(kBeginning, TcpEnd::Role::kConnecting);
    EXPECT_TRUE(end.write(ByteBuffer(kTcpBufferMax)));
    EXPECT_FALSE(end.write(ByteBuffer(1)));
}

TEST(TcpEnd, TakesWhatCameEarlyBehindARepeatThatCoversSomeOfIt) {
    TcpEnd end(kBeginning, TcpEnd::Role::kAccepting);
    const std::string text = long_text(300);
    const auto come = [&](std::size_t position, std::size_t size) {
        TcpHeader header;
        header.ack = true;
        header.position = position;
        end.handle_segment(kBeginning, header, as_bytes(text).subspan(position, size));
    };
    come(100, 100);
    come(200, 100);
    come(0, 200);
    EXPECT_EQ(as_text(end.take_received()), text);
}

TEST(TcpEnd, HoldsAWindowOfWhatComesTooEarly) {
    TcpEnd end(kBeginning, TcpEnd::Role::kAccepting);
    const ByteBuffer bytes(kTcpSegmentMax);
    TcpHeader header;
    header.ack = true;
    std::uint64_t held = 0;
    for (std::uint64_t position = 1; position < 2 * kTcpWindow; position += bytes.size()) {
        header.position = position;
        end.handle_segment(kBeginning, header, bytes);
        held += bytes.size();
    }
    header.position = 0;
    end.handle_segment(kBeginning, header, ByteView(bytes).first(1));
    const std::size_t received = end.take_received().size();
    EXPECT_LT(received, held);
    EXPECT_LE(received, kTcpWindow + 1);
    EXPECT_GT(received, kTcpWindow - kTcpSegmentMax);
}

} // namespace
} // namespace vv::sim
