// Any bytes as a file to be sent, which is then played for some minutes: its times go up, each packet is its own, and
// what is played first, and after a wish for a whole picture, is whole.
#include "base/assert.h"
#include "base/bytes.h"
#include "rtp/recording.h"

#include <cstddef>
#include <cstdint>

using namespace vv;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto recording = rtp::read_recording(ByteView(data, size));
    if (!recording) {
        VV_ASSERT(!rtp::name_of(recording.error()).empty());
        return 0;
    }
    VV_ASSERT(!recording->packets.empty() && recording->packets.front().time == 0);
    VV_ASSERT(recording->packets.front().is_whole);
    for (std::size_t i = 1; i < recording->packets.size(); ++i)
        VV_ASSERT(recording->packets[i - 1].time < recording->packets[i].time);
    VV_ASSERT(recording->packets.back().time < recording->length);
    VV_ASSERT(recording->clock_rate > 0);
    return 0;
}
