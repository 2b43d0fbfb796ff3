#include "net/service_member.h"

#include <gtest/gtest.h>

#include <vector>

namespace vv::net {
namespace {

SocketAddress at(const char* text) {
    return SocketAddress::parse(text).value();
}

TEST(ServiceMember, EveryPlaceOfTheServiceIsAmongItsPorts) {
    ServiceConfig config;
    config.http_listen = {at("0.0.0.0:443"), at("[::]:443")};
    config.redirect_listen = {at("0.0.0.0:80")};
    config.metrics_listen = {at("127.0.0.1:9478")};
    config.turn_tcp_listen = {at("0.0.0.0:3478")};
    config.relay = RelayShardOptions{.listen = {at("0.0.0.0:3478"), at("0.0.0.0:5349")}, .turn = {}};
    config.nat_discovery = {{.ip = *IpAddress::parse("192.0.2.1"), .other_ip = {}, .port = 3480, .other_port = 3481}};
    EXPECT_EQ(listening_ports(config), (std::vector<std::uint16_t>{443, 80, 9478, 3478, 5349, 3480, 3481}));
}

TEST(ServiceMember, APortOfTheKernelsChoiceIsNotKnown) {
    ServiceConfig config;
    config.http_listen = {at("127.0.0.1:0")};
    EXPECT_TRUE(listening_ports(config).empty());
}

} // namespace
} // namespace vv::net
