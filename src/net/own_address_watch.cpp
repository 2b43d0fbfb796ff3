#include "net/own_address_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace vv::net {
namespace {

// What belongs together comes together: an address is told when it is made and again once it may be used.
constexpr Duration kSettle = std::chrono::milliseconds(200);

UniqueFd open_news() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (fd.is_open() && ::bind(fd.value(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0) fd.reset();
    return fd;
}

std::string text_of(const std::vector<IpAddress>& all, const std::vector<IpAddress>& without) {
    std::vector<IpAddress> rest;
    std::ranges::set_difference(all, without, std::back_inserter(rest));
    std::string text;
    for (const IpAddress& ip : rest)
        text += (text.empty() ? "" : " ") + ip.to_string();
    return text;
}

} // namespace

OwnAddressWatch::OwnAddressWatch(const std::vector<EventLoop*>& loops, Log& log, Take take, Duration interval,
                                 Read read)
    : loop_(*loops.at(0)),
      log_(log),
      take_(std::move(take)),
      interval_(interval),
      read_(std::move(read)),
      news_(open_news()),
      others_(loops),
      timer_(loop_.timers(), *this) {
    if (news_.is_open() && !loop_.watch(news_.value(), EPOLLIN, *this)) news_.reset();
    look(); // behind the beginning of the news, so that nothing falls in between
    timer_.arm(loop_.now() + interval_);
}

OwnAddressWatch::~OwnAddressWatch() {
    if (news_.is_open()) loop_.unwatch(news_.value(), *this);
}

// What the messages say is not read: they may be too many to be kept, and the answer is the same.
void OwnAddressWatch::handle_ready(std::uint32_t) {
    std::array<std::uint8_t, 8192> message{};
    while (true) {
        const ssize_t size = ::recv(news_.value(), message.data(), message.size(), 0);
        if (size < 0 && errno != ENOBUFS && errno != EINTR) break;
    }
    const Instant soon = loop_.now() + kSettle;
    if (timer_.deadline() > soon) timer_.arm(soon);
}

void OwnAddressWatch::handle_timeout(Timer& timer, Instant now) {
    look();
    timer.arm(now + interval_);
}

void OwnAddressWatch::look() {
    std::vector<IpAddress> found;
    try {
        found = read_();
    } catch (const std::runtime_error& error) {
        log_.warn("own-addresses-not-read", {{"why", error.what()}}); // what was known still holds
        return;
    }
    std::ranges::sort(found);
    const auto [first, last] = std::ranges::unique(found);
    found.erase(first, last);
    if (has_looked_ && found == known_) return;
    if (std::exchange(has_looked_, true)) {
        log_.info("own-addresses-changed", {{"new", text_of(found, known_)}, {"gone", text_of(known_, found)}});
    }
    known_ = std::move(found);
    hand_out();
}

void OwnAddressWatch::hand_out() {
    take_(0, known_);
    others_.hand_out([this, known = known_](std::size_t i) { take_(i, known); }, [] {});
}

} // namespace vv::net
