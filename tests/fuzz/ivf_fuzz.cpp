// Any bytes as a recording of pictures. What is read can be written, and is then read the same.
#include "base/assert.h"
#include "rtp/ivf.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace vv;

namespace {

std::vector<rtp::IvfPicture> read(rtp::IvfReader reader) {
    std::vector<rtp::IvfPicture> pictures;
    for (;;) {
        const auto picture = reader.next_picture();
        if (!picture || !*picture) return pictures;
        VV_ASSERT((*picture)->bytes.size() <= rtp::kIvfPictureSizeMax);
        pictures.push_back(**picture);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto reader = rtp::IvfReader::open(ByteView(data, size));
    if (!reader) return 0;
    const auto pictures = read(*reader);
    ByteBuffer written;
    rtp::IvfWriter writer(written, reader->head());
    for (const rtp::IvfPicture& picture : pictures)
        writer.write(picture.time, picture.bytes);
    const auto again = rtp::IvfReader::open(written);
    VV_ASSERT(again && again->head() == reader->head());
    const auto same = [](const rtp::IvfPicture& a, const rtp::IvfPicture& b) {
        return a.time == b.time && std::ranges::equal(a.bytes, b.bytes);
    };
    VV_ASSERT(std::ranges::equal(pictures, read(*again), same));
    return 0;
}
