#include "net/clock.h"
#include "net/nat_discovery_host.h"
#include "net/os_rng.h"
#include "stun/attributes.h"
#include "stun/builder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace vv::net {
namespace {

using namespace std::chrono_literals;

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

// Two ports next to each other that nobody has at this moment.
std::uint16_t free_pair(const IpAddress& first, const IpAddress& second) {
    for (std::uint16_t port = 43'000; port < 44'000; port = static_cast<std::uint16_t>(port + 2)) {
        try {
            for (const IpAddress& address : {first, second}) {
                const UdpSocket lower({address, port}, false);
                const UdpSocket upper({address, static_cast<std::uint16_t>(port + 1)}, false);
            }
            return port;
        } catch (const std::runtime_error&) {
            continue;
        }
    }
    throw std::runtime_error("no two free ports");
}

class NatDiscoveryHostTest : public testing::Test {
protected:
    void start(const IpAddress& first, const IpAddress& second) {
        const std::uint16_t port = free_pair(first, second);
        place_ = {first, port};
        const stun::NatDiscoveryPlaces places{first, second, port, static_cast<std::uint16_t>(port + 1)};
        host_.emplace(loop_, rng_, metrics_, places);
        client_ = UdpSocket({first, 0}, false);
    }
    // Where the answer to a Binding request with these flags comes from.
    SocketAddress answered_from(std::uint32_t flags) {
        ByteBuffer bytes;
        stun::MessageBuilder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, stun::TransactionId())
            .add_u32(stun::AttributeType::kChangeRequest, flags);
        EXPECT_TRUE(client_.send({}, place_, {}, bytes));
        SocketAddress from;
        const Instant give_up = monotonic_now() + 10s;
        while (from.port == 0 && monotonic_now() < give_up) {
            loop_.run_once(1ms);
            client_.receive(buffers_, 1, [&](const ReceivedDatagram& in) {
                from = in.remote;
                const auto message = stun::parse_message(in.payload);
                ASSERT_TRUE(message);
                EXPECT_EQ(stun::parse_address(message->find(stun::AttributeType::kMappedAddress).value()),
                          client_.bound());
                EXPECT_EQ(stun::parse_address(message->find(stun::AttributeType::kResponseOrigin).value()), from);
            });
        }
        return from;
    }

    EventLoop loop_;
    OsRng rng_;
    Metrics metrics_;
    std::optional<NatDiscoveryHost> host_;
    SocketAddress place_;
    UdpSocket client_;
    UdpReceiveBuffers buffers_;
};

TEST_F(NatDiscoveryHostTest, AnswersFromEachOfItsFourPlaces) {
    const IpAddress first = ip("127.0.0.1");
    const IpAddress second = ip("127.0.0.2");
    start(first, second);
    const auto above = static_cast<std::uint16_t>(place_.port + 1);
    EXPECT_EQ(answered_from(0), place_);
    EXPECT_EQ(answered_from(2), (SocketAddress{first, above}));
    EXPECT_EQ(answered_from(4), (SocketAddress{second, place_.port}));
    EXPECT_EQ(answered_from(6), (SocketAddress{second, above}));
    EXPECT_NE(metrics_.render().find("visavis_nat_discovery_answers_total 4"), std::string::npos);
}

TEST_F(NatDiscoveryHostTest, APlaceThatIsTakenIsOneClearLine) {
    const IpAddress first = ip("127.0.0.1");
    const std::uint16_t port = free_pair(first, first);
    const UdpSocket taken({first, static_cast<std::uint16_t>(port + 1)}, false);
    const stun::NatDiscoveryPlaces places{first, std::nullopt, port, static_cast<std::uint16_t>(port + 1)};
    try {
        host_.emplace(loop_, rng_, metrics_, places);
        FAIL() << "it was taken";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string_view(error.what()).find(std::to_string(port + 1)), std::string_view::npos);
    }
}

} // namespace
} // namespace vv::net
