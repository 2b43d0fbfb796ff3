// What decides whether a connection speaks HTTP or TURN: any bytes, cut anywhere, give the
// same verdict, which is what the first eight of them say; nothing is lost between it and
// who reads on; and what goes to one protocol the parser of the other refuses, so that
// neither can be smuggled past the other's rules.
#include "base/assert.h"
#include "net/http_request_parser.h"
#include "net/opening_reader.h"
#include "stun/message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace {

using namespace vv;
using namespace vv::net;

struct Outcome {
    std::optional<OpeningProtocol> protocol;
    ByteBuffer taken;
    ByteBuffer rest;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(ByteView bytes, std::size_t piece) {
    OpeningReader reader;
    std::size_t at = 0;
    while (at < bytes.size() && !reader.protocol()) {
        const std::size_t size = std::min(piece, bytes.size() - at);
        const std::size_t taken = reader.handle_input(bytes.subspan(at, size));
        VV_ASSERT(taken == size || reader.protocol());
        at += taken;
    }
    const auto taken = reader.taken();
    const ByteView rest = bytes.subspan(at);
    return {reader.protocol(), {taken.begin(), taken.end()}, {rest.begin(), rest.end()}};
}

// By the bytes themselves (RFC 8489 section 5), not by what is tested.
std::optional<OpeningProtocol> expected(ByteView bytes) {
    if (bytes.empty()) return std::nullopt;
    if (bytes[0] > 3) return OpeningProtocol::kHttp;
    if (bytes.size() < 8) return std::nullopt;
    const bool has_cookie = bytes[4] == 0x21 && bytes[5] == 0x12 && bytes[6] == 0xA4 && bytes[7] == 0x42;
    return has_cookie ? OpeningProtocol::kTurn : OpeningProtocol::kHttp;
}

bool http_refuses(ByteView bytes) {
    HttpRequestParser parser;
    return !parser.handle_input(bytes);
}

// The framer's first frame, if there is a whole one, is a STUN message: the channel data that letters could be taken
// for comes later.
void check_turn(ByteView bytes) {
    turn::StreamFramer framer;
    const auto frame = framer.poll_frame(bytes);
    VV_ASSERT(!frame || !*frame || stun::looks_like_stun((**frame)[0]));
}

struct Seen {
    bool turn = false;
    bool http = false;
    bool neither = false; // begins as STUN does, and goes on otherwise
    bool too_little = false;
};
Seen g_seen;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Outcome whole = read(bytes, std::max<std::size_t>(1, size));
    VV_ASSERT(read(bytes, 1) == whole);
    VV_ASSERT(read(bytes, size == 0 ? 1 : 2 + data[size - 1] % 7U) == whole);
    VV_ASSERT(whole.protocol == expected(bytes));
    ByteBuffer again = whole.taken;
    again.insert(again.end(), whole.rest.begin(), whole.rest.end());
    VV_ASSERT(std::ranges::equal(again, bytes));
    VV_ASSERT(whole.taken.size() <= turn::kStreamOpeningSize);
    // A connection ends here if the parser takes any of what has been held back for it.
    VV_ASSERT(whole.taken.empty() || http_refuses(whole.taken));
    if (whole.protocol == OpeningProtocol::kTurn) check_turn(bytes);
    if (whole.protocol == OpeningProtocol::kHttp) (void)http_refuses(bytes);
    g_seen.turn |= whole.protocol == OpeningProtocol::kTurn;
    g_seen.http |= whole.protocol == OpeningProtocol::kHttp && whole.taken.empty() && !http_refuses(bytes);
    g_seen.neither |= whole.protocol == OpeningProtocol::kHttp && !whole.taken.empty();
    g_seen.too_little |= size > 0 && !whole.protocol;
    return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming): a name replay.cpp looks for
extern "C" const char* fuzz_corpus_misses() {
    if (!g_seen.turn) return "TURN";
    if (!g_seen.http) return "a request of HTTP";
    if (!g_seen.neither) return "what is neither";
    return g_seen.too_little ? nullptr : "an opening that has not ended";
}
