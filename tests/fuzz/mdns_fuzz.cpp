// Any bytes as a message of multicast DNS, to the codec and to a host that looks for a name and has one.
#include "base/assert.h"
#include "mdns/host.h"

#include <cstddef>
#include <cstdint>

using namespace vv;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView packet(data, size);
    const auto message = mdns::parse(packet);
    if (message) {
        VV_ASSERT(message->questions.size() + message->records.size() <= mdns::kEntriesMax);
        for (const mdns::AddressRecord& record : message->records)
            VV_ASSERT(record.name.size() <= mdns::kNameSizeMax);
    }
    mdns::Host host;
    const Instant now{1h};
    host.own(now - 10s, "a.local", IpAddress::v4(0xC0000207));
    host.resolve(now, "b.local");
    while (host.poll_transmit()) {
    }
    host.handle_input(now, packet);
    host.handle_input(now, packet);
    // One question is answered once in a second, one name has one address, and nothing else comes of a packet.
    int answers = 0;
    while (const auto said = host.poll_transmit()) {
        VV_ASSERT(message && !message->is_answer && ++answers == 1);
        VV_ASSERT(mdns::parse(*said).has_value());
    }
    int found = 0;
    while (host.poll_event())
        VV_ASSERT(message && message->is_answer && ++found == 1);
    return 0;
}
