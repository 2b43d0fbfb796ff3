// The HTTP request parser: any bytes, cut anywhere, give the same request, and what
// it accepts stays within its limits and answers without surprise.
#include "base/assert.h"
#include "net/http_request_parser.h"
#include "net/page_handler.h"
#include "net/websocket_upgrade.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace vv;
using namespace vv::net;

struct Outcome {
    bool refused = false;
    bool complete = false;
    std::size_t taken = 0;
    std::string target;
    std::size_t headers = 0;
};

Outcome parse(ByteView bytes, std::size_t piece) {
    HttpRequestParser parser;
    Outcome outcome;
    while (outcome.taken < bytes.size() && !parser.is_complete()) {
        const ByteView rest = bytes.subspan(outcome.taken);
        const auto taken = parser.handle_input(rest.first(std::min(piece, rest.size())));
        if (!taken) {
            VV_ASSERT(taken.error().status >= 400 && taken.error().close && !taken.error().body.empty());
            outcome.refused = true;
            return outcome;
        }
        VV_ASSERT(*taken <= std::min(piece, rest.size()));
        VV_ASSERT(*taken > 0 || parser.is_complete());
        outcome.taken += *taken;
    }
    outcome.complete = parser.is_complete();
    if (outcome.complete) {
        outcome.target = parser.request().target;
        outcome.headers = parser.request().header_count();
    }
    return outcome;
}

class NoFiles final : public AssetStore {
public:
    [[nodiscard]] std::optional<Asset> find(std::string_view path) const override {
        VV_ASSERT(path.find('?') == std::string_view::npos);
        if (path != "/") return std::nullopt;
        return Asset{"text/html", "\"tag\"", false, as_bytes("identity"), as_bytes("gzip"), as_bytes("br")};
    }
};

// A header must not be able to end a line and begin another.
void check_response(const HttpResponse& response) {
    const std::string head = write_head(response, "Thu, 01 Jan 1970 00:00:00 GMT", true);
    VV_ASSERT(!status_phrase(response.status).empty());
    VV_ASSERT(head.find("\r\n\r\n") == head.size() - 4);
    const auto lines = static_cast<std::size_t>(std::ranges::count(head, '\n'));
    VV_ASSERT(lines <= response.headers.size() + 5);
}

void answer(ByteView bytes) {
    HttpRequestParser parser;
    if (!parser.handle_input(bytes) || !parser.is_complete()) return;
    static const NoFiles kFiles;
    static const PageHandler kPages(kFiles, {.strict_transport = true});
    check_response(kPages.handle_request(parser.request()));
    check_response(answer_upgrade(parser.request(), {"visavis.1", {"https://friend.example"}}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Outcome whole = parse(bytes, size);
    const Outcome single = parse(bytes, 1);
    const Outcome pieces = parse(bytes, size == 0 ? 1 : 2 + data[0] % 61U);
    for (const Outcome& other : {single, pieces}) {
        // A fault right behind a complete request is not the request's, however it was cut.
        VV_ASSERT(whole.refused == other.refused);
        VV_ASSERT(whole.complete == other.complete);
        VV_ASSERT(whole.refused || (whole.taken == other.taken && whole.target == other.target));
        VV_ASSERT(whole.headers == other.headers);
    }
    VV_ASSERT(whole.headers <= HttpLimits{}.headers_max);
    answer(bytes);
    return 0;
}
