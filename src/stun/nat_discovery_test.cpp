#include "stun/attributes.h"
#include "stun/builder.h"
#include "stun/integrity.h"
#include "stun/nat_discovery.h"

#include <gtest/gtest.h>

#include <functional>
#include <string_view>
#include <vector>

namespace vv::stun {
namespace {

using namespace std::chrono_literals;

SocketAddress at(std::string_view text) {
    return SocketAddress::parse(text).value();
}

const SocketAddress kPlace = at("45.10.0.1:3480");
const ClientAddress kClient(at("12.0.0.1:5000"));

NatDiscoveryPlaces two_addresses() {
    return {at("45.10.0.1:1").ip, at("45.10.0.2:1").ip, 3480, 3481};
}
NatDiscoveryPlaces one_address() {
    NatDiscoveryPlaces places = two_addresses();
    places.other_ip.reset();
    return places;
}

struct Got {
    SocketAddress from;
    SocketAddress to;
    ByteBuffer bytes;

    [[nodiscard]] Message message() const { return parse_message(bytes).value(); }
    [[nodiscard]] int error() const {
        const auto value = message().find(AttributeType::kErrorCode);
        return value ? parse_error_code(*value).value().code : 0;
    }
    [[nodiscard]] std::optional<SocketAddress> address(AttributeType type) const {
        const auto value = message().find(type);
        return value ? parse_address(*value) : std::nullopt;
    }
};

class Discovery : public testing::Test {
protected:
    using Fill = std::function<void(MessageBuilder&)>;

    static ByteBuffer request(const Fill& fill) {
        ByteBuffer bytes;
        MessageBuilder builder(bytes, Method::kBinding, MessageClass::kRequest, TransactionId());
        fill(builder);
        return bytes;
    }
    std::optional<Got> send(ByteView datagram, const SocketAddress& place = kPlace,
                            const ClientAddress& client = kClient) {
        const auto answer = discovery_.handle_input(now_, place, client, datagram);
        if (!answer) return std::nullopt;
        return Got{answer->from, answer->to, {answer->bytes.begin(), answer->bytes.end()}};
    }
    Got ask(const Fill& fill, const SocketAddress& place = kPlace) {
        now_ += 1s;
        const auto got = send(request(fill), place);
        EXPECT_TRUE(got.has_value());
        return got.value_or(Got{});
    }
    static Fill change(std::uint32_t flags) {
        return [flags](MessageBuilder& builder) { builder.add_u32(AttributeType::kChangeRequest, flags); };
    }

    Instant now_{1h};
    NatDiscovery discovery_{two_addresses(), {1, 2, 3}};
};

TEST_F(Discovery, SaysWhereTheClientIsAndWhereElseItCouldAsk) {
    const Got got = ask([](MessageBuilder&) {});
    EXPECT_EQ(got.from, kPlace);
    EXPECT_EQ(got.to, kClient.value());
    const Message message = got.message();
    EXPECT_EQ(parse_xor_address(message.find(AttributeType::kXorMappedAddress).value(), message.transaction_id()),
              kClient.value());
    EXPECT_EQ(got.address(AttributeType::kMappedAddress), kClient.value());
    EXPECT_EQ(got.address(AttributeType::kResponseOrigin), kPlace);
    EXPECT_EQ(got.address(AttributeType::kOtherAddress), at("45.10.0.2:3481"));
}

// RFC 5780 §6.1, table 1: from each of the four places, each of the four wishes.
TEST_F(Discovery, AnswersFromWhereItIsAskedTo) {
    for (const char* ip : {"45.10.0.1", "45.10.0.2"}) {
        for (const std::uint16_t port : {std::uint16_t{3480}, std::uint16_t{3481}}) {
            const SocketAddress place{IpAddress::parse(ip).value(), port};
            const IpAddress other_ip = at(place.ip == kPlace.ip ? "45.10.0.2:1" : "45.10.0.1:1").ip;
            const std::uint16_t other_port = port == 3480 ? 3481 : 3480;
            const SocketAddress other{other_ip, other_port};
            EXPECT_EQ(ask(change(0), place).from, place);
            EXPECT_EQ(ask(change(2), place).from, (SocketAddress{place.ip, other_port}));
            EXPECT_EQ(ask(change(4), place).from, (SocketAddress{other_ip, port}));
            const Got both = ask(change(6), place);
            EXPECT_EQ(both.from, other);
            EXPECT_EQ(both.address(AttributeType::kResponseOrigin), other);
            EXPECT_EQ(both.address(AttributeType::kOtherAddress), other) << "as seen from where the request arrived";
            EXPECT_EQ(both.to, kClient.value());
        }
    }
}

// RFC 5780 §7.4: with one address there is no OTHER-ADDRESS; the port can be changed all the same.
TEST_F(Discovery, WithOneAddressChangesThePortOnly) {
    discovery_ = NatDiscovery(one_address(), {1});
    EXPECT_FALSE(ask([](MessageBuilder&) {}).message().has(AttributeType::kOtherAddress));
    EXPECT_EQ(ask(change(2)).from, at("45.10.0.1:3481"));
    for (const std::uint32_t flags : {4U, 6U}) {
        const Got refused = ask(change(flags));
        EXPECT_EQ(refused.error(), 420);
        EXPECT_EQ(parse_unknown_attributes(refused.message().find(AttributeType::kUnknownAttributes).value()),
                  std::vector{AttributeType::kChangeRequest});
        EXPECT_EQ(refused.from, kPlace);
    }
}

TEST_F(Discovery, AnswersToAnotherPortOfTheSameAddress) {
    const auto to_port = [](std::uint16_t port) {
        return [port](MessageBuilder& builder) { builder.add_u16_padded(AttributeType::kResponsePort, port); };
    };
    const Got got = ask(to_port(7000));
    EXPECT_EQ(got.to, at("12.0.0.1:7000"));
    EXPECT_EQ(got.address(AttributeType::kMappedAddress), kClient.value()) << "the port it was asked from";
    const Got nowhere = ask(to_port(0));
    EXPECT_EQ(nowhere.error(), 400);
    EXPECT_EQ(nowhere.to, kClient.value());
}

TEST_F(Discovery, PadsNoFurtherThanItWasPadded) {
    for (const std::size_t size : {0U, 4U, 48U, 52U, 60U, 1000U, 1480U, 2001U, 4000U}) {
        const ByteBuffer padded =
            request([&](MessageBuilder& builder) { builder.add(AttributeType::kPadding, ByteBuffer(size)); });
        now_ += 1s;
        const auto got = send(padded);
        ASSERT_TRUE(got);
        EXPECT_EQ(got->error(), 0);
        const auto padding = got->message().find(AttributeType::kPadding);
        if (padding) {
            EXPECT_LE(got->bytes.size(), padded.size());
            EXPECT_LE(padding->size(), size);
        }
        if (size >= 1000) {
            EXPECT_TRUE(padding && got->bytes.size() + 8 > padded.size()) << size << ": large enough to be divided too";
        }
    }
}

// RFC 5780 §6.1: who has padded must be who is answered.
TEST_F(Discovery, RefusesToPadForAnotherPort) {
    const Got got = ask([](MessageBuilder& builder) {
        builder.add_u16_padded(AttributeType::kResponsePort, 7000).add(AttributeType::kPadding, ByteBuffer(1000));
    });
    EXPECT_EQ(got.error(), 400);
    EXPECT_EQ(got.to, kClient.value());
    EXPECT_LT(got.bytes.size(), 40U);
}

TEST_F(Discovery, RefusesWhatItCannotRead) {
    for (const std::size_t size : {0U, 3U, 5U, 8U}) {
        for (const AttributeType type : {AttributeType::kChangeRequest, AttributeType::kResponsePort})
            EXPECT_EQ(ask([&](MessageBuilder& builder) { builder.add(type, ByteBuffer(size, 2)); }).error(), 400);
    }
    EXPECT_EQ(ask([](MessageBuilder& b) { b.add_flag(static_cast<AttributeType>(0x7ABC)); }).error(), 420);
}

TEST_F(Discovery, AnswersNothingElse) {
    const ByteBuffer good = request([](MessageBuilder&) {});
    for (const MessageClass message_class : {MessageClass::kIndication, MessageClass::kSuccess, MessageClass::kError}) {
        ByteBuffer bytes;
        MessageBuilder(bytes, Method::kBinding, message_class, TransactionId());
        EXPECT_FALSE(send(bytes));
    }
    ByteBuffer allocate;
    MessageBuilder(allocate, Method::kAllocate, MessageClass::kRequest, TransactionId());
    EXPECT_FALSE(send(allocate));
    EXPECT_FALSE(send(ByteBuffer{}));
    EXPECT_FALSE(send(ByteBuffer(good.begin(), good.end() - 1)));
    EXPECT_FALSE(send(good, kPlace, ClientAddress(at("12.0.0.1:0"))));
    ByteBuffer marked = request([](MessageBuilder& builder) { builder.add_fingerprint(); });
    EXPECT_TRUE(send(marked) && verify_fingerprint(send(marked)->message()));
    marked.back() ^= 1U;
    EXPECT_FALSE(send(marked));
}

TEST_F(Discovery, AnswersASourceSeldom) {
    const ByteBuffer bare = request([](MessageBuilder&) {});
    int answers = 0;
    for (int i = 0; i < 100; ++i)
        answers += send(bare) ? 1 : 0;
    EXPECT_EQ(answers, kNatDiscoveryRate.burst);
    EXPECT_FALSE(send(bare, kPlace, ClientAddress(at("12.0.0.1:6000")))) << "whatever its port";
    EXPECT_TRUE(send(bare, kPlace, ClientAddress(at("12.0.0.2:5000"))));
    now_ += 1s;
    answers = 0;
    for (int i = 0; i < 100; ++i)
        answers += send(bare) ? 1 : 0;
    EXPECT_EQ(answers, kNatDiscoveryRate.units);
}

TEST_F(Discovery, TellsADualStackClientByItsIpv4Address) {
    const ByteBuffer bare = request([](MessageBuilder&) {});
    const auto got = send(bare, kPlace, ClientAddress(at("[::ffff:12.0.0.1]:5000")));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->to, kClient.value());
    EXPECT_EQ(got->address(AttributeType::kMappedAddress), kClient.value());
}

} // namespace
} // namespace vv::stun
