// The socket of multicast DNS: an mdns::Host in its group, on every interface of this machine.
#pragma once

#include "mdns/host.h"
#include "net/event_loop.h"
#include "net/unique_fd.h"

#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

namespace vv::net {

class MdnsSocket final : private TimerHandler {
public:
    /// Called from within the loop and from within resolve(). It may not destroy the socket.
    using Found = std::function<void(const mdns::Resolved& found)>;

    /// loop outlives it. Joins the group over IPv4 and IPv6 on the interfaces there are now; what does not let it is
    /// left out, and where there is none no name has an address.
    MdnsSocket(EventLoop& loop, Found found,
               std::initializer_list<AddressFamily> families = {AddressFamily::kIpv4, AddressFamily::kIpv6});
    MdnsSocket(const MdnsSocket&) = delete;
    MdnsSocket& operator=(const MdnsSocket&) = delete;
    ~MdnsSocket();

    /// As mdns/host.h has them.
    void own(std::string_view name, const IpAddress& address);
    void disown(std::string_view name);
    void resolve(std::string_view name);

private:
    class Group;

    void handle_timeout(Timer& timer, Instant now) override;
    void hear(ByteView packet);
    void flush();

    EventLoop& loop_;
    Found found_;
    mdns::Host host_;
    std::vector<std::unique_ptr<Group>> groups_; // one of each family and interface
    Timer timer_;
};

} // namespace vv::net
