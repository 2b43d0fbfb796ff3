// The framer of TURN over streams: any bytes, cut anywhere, give the same frames and
// the same verdict; every frame is one message of its kind and within the limit, and
// frames written again are read again.
#include "base/assert.h"
#include "stun/message.h"
#include "turn/channel_data.h"
#include "turn/stream_framer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace {

using namespace vv;
using namespace vv::turn;

struct Outcome {
    std::vector<ByteBuffer> frames;
    std::optional<FrameError> error;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void check(ByteView frame) {
    VV_ASSERT(frame.size() >= kChannelDataHeaderSize && frame.size() <= kFrameSizeMax);
    if (stun::looks_like_stun(frame[0])) {
        VV_ASSERT(frame.size() >= stun::kHeaderSize && frame.size() % 4 == 0);
    } else {
        const auto data = parse_channel_data(frame, kLegacyChannelLast);
        VV_ASSERT(data && data->payload.size() + kChannelDataHeaderSize == frame.size());
    }
}

Outcome read(ByteView stream, std::size_t piece) {
    StreamFramer framer;
    Outcome outcome;
    while (!stream.empty()) {
        ByteView input = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(input.size());
        while (true) {
            const auto frame = framer.poll_frame(input);
            if (!frame) {
                outcome.error = frame.error();
                return outcome;
            }
            if (!*frame) break;
            check(**frame);
            outcome.frames.emplace_back((*frame)->begin(), (*frame)->end());
        }
        VV_ASSERT(input.empty());
    }
    return outcome;
}

void write_again(const Outcome& outcome) {
    ByteBuffer stream;
    for (const ByteBuffer& frame : outcome.frames) {
        stream.insert(stream.end(), frame.begin(), frame.end());
        stream.insert(stream.end(), stun::padded_size(frame.size()) - frame.size(), 0);
    }
    const Outcome again = read(stream, stream.size());
    VV_ASSERT(!again.error && again.frames == outcome.frames);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView stream(data, size);
    const Outcome whole = read(stream, std::max<std::size_t>(1, size));
    const std::size_t uneven = size == 0 ? 1 : 2 + data[0] % 29U;
    VV_ASSERT(read(stream, 1) == whole);
    VV_ASSERT(read(stream, uneven) == whole);
    write_again(whole);
    return 0;
}
