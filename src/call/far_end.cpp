#include "call/far_end.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace vv::call {
namespace {

// Of a home, a carrier, this machine or of no use (RFC 6890), and so of many devices at once. 192.0.0.0 and 192.0.2.0
// stand for two blocks; 224.0.0.0/3 has multicast and everything above it.
constexpr std::array kOfMany4{
    "0.0.0.0/8",     "10.0.0.0/8",      "127.0.0.0/8",    "192.168.0.0/16", "169.254.0.0/16",
    "172.16.0.0/12", "100.64.0.0/10",   "192.0.0.0/24",   "192.0.2.0/24",   "192.88.99.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
};
// What IANA keeps for special purposes, documentation, and what stands for an address of IPv4.
constexpr std::array kOfMany6{"2001::/23", "2001:db8::/32", "2002::/16"};

bool is_in(const IpAddress& ip, std::string_view block) {
    const auto prefix = IpPrefix::parse(block);
    return prefix && prefix->contains(ip);
}

} // namespace

bool is_of_one(const IpAddress& ip) {
    const auto is_in_block = [&](std::string_view block) { return is_in(ip, block); };
    if (ip.is_v4()) return std::ranges::none_of(kOfMany4, is_in_block);
    return is_in(ip, "2000::/3") && std::ranges::none_of(kOfMany6, is_in_block);
}

void FarEnd::take(const std::optional<IpAddress>& to, std::vector<IpAddress> at) {
    to_ = to && is_of_one(*to) ? to : std::nullopt;
    at_ = std::move(at);
}

void FarEnd::handle(const caller::EndsControl& theirs) {
    theirs_ = theirs;
}

void FarEnd::leave() {
    *this = {};
}

bool FarEnd::is_here(std::string_view address) const {
    const auto ip = IpAddress::parse(address);
    return ip && is_of_one(*ip) && std::ranges::find(at_, *ip) != at_.end();
}

// Nobody is told of an address over a way that does not end at one: it proves nothing there.
caller::EndsControl FarEnd::own() const {
    caller::EndsControl ends;
    if (!to_) return ends;
    ends.to = to_->to_string();
    if (theirs_.to && is_here(*theirs_.to)) ends.met = theirs_.to;
    return ends;
}

std::optional<caller::EndsControl> FarEnd::poll_message() const {
    auto ends = own();
    return ends == said_ ? std::nullopt : std::optional(std::move(ends));
}

bool FarEnd::is_reached() const {
    const caller::EndsControl ends = own();
    return ends.to && ends.met && theirs_.met == ends.to;
}

} // namespace vv::call
