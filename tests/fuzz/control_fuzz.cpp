// Any bytes as what the partner says on the control channel, and as where a server says that a relay is. What is read
// of the first can be written, and is then read the same.
#include "base/assert.h"
#include "base/bytes.h"
#include "caller/control.h"
#include "caller/ice_url.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace vv;

namespace {

void read_control(std::string_view text) {
    const auto control = caller::parse_control(text);
    if (!control) return;
    const std::string written = caller::write_control(*control);
    const auto again = caller::parse_control(written);
    VV_ASSERT(again && *again == *control);
    VV_ASSERT(caller::write_control(*again) == written);
    VV_ASSERT(caller::utf16_size(text).has_value());
}

void read_ice_url(std::string_view text) {
    const auto url = caller::parse_ice_url(text);
    if (!url) return;
    VV_ASSERT(!url->host.empty() && url->port != 0);
    VV_ASSERT(url->is_relay || url->transport == turn::Transport::kUdp);
    VV_ASSERT(url->host.find_first_of("[]@/") == std::string::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text(ByteView(data, size));
    read_control(text);
    read_ice_url(text);
    return 0;
}
