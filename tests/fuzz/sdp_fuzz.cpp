// Any text as a session description: what is read is the same when it is written
// and read again, what we answer to it fits it, and what we offer next fits that.
#include "base/assert.h"
#include "sdp/description.h"
#include "sdp/document.h"
#include "sdp/negotiation.h"
#include "sdp/rounds.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace vv;
using namespace vv::sdp;

LocalEnd local_end() {
    LocalEnd end;
    end.origin.session_id = "1";
    end.transport.ufrag = "abcd";
    end.transport.pwd = "abcdefghijklmnopqrstuv";
    end.transport.fingerprints = {crypto::fingerprint_of(crypto::FingerprintHash::kSha256, {})};
    end.candidates = {"candidate:1 1 udp 1 192.0.2.1 1 typ host"};
    end.audio = MediaWish{.receive = true, .send = Track{{"s", "t"}, "c", 1, 2}};
    end.video = MediaWish{.receive = true, .send = Track{{"s", "u"}, "c", 3, 4}};
    end.data = true;
    return end;
}

// What the session says once may be written for each section, which can be more than is read.
bool is_of_size(const Error& error) {
    return error.why == "more than 2048 lines" || error.why == "longer than 65536 bytes" ||
           error.why == "a line of more than 4096 bytes";
}

void check_bounds(const Description& description) {
    VV_ASSERT(description.media.size() <= kMediaMax && description.bundle.size() <= kMediaMax);
    for (const Media& media : description.media) {
        VV_ASSERT(media.codecs.size() <= kCodecsMax && media.extensions.size() <= kExtensionsMax);
        VV_ASSERT(media.sources.size() <= kSourcesMax && media.candidates.size() <= kCandidatesMax);
        for (const Codec& codec : media.codecs)
            VV_ASSERT(codec.feedback.size() <= kFeedbackMax && codec.payload_type <= kPayloadTypeMax);
    }
}

void check_same_again(const Description& description) {
    const auto again = parse_description(write_description(description));
    VV_ASSERT(again ? *again == description : is_of_size(again.error()));
}

void negotiate(const Description& offer) {
    const Capabilities capabilities = default_capabilities();
    const LocalEnd local = local_end();
    const auto answer = make_answer(offer, capabilities, local);
    if (!answer) {
        VV_ASSERT(!answer.error().empty());
        return;
    }
    VV_ASSERT(!check_answer(offer, *answer));
    check_same_again(*answer);
    const Description next = make_offer(capabilities, local, &*answer);
    VV_ASSERT(!check_next_offer(*answer, next) && !check_next_offer(offer, next));
    VV_ASSERT(bundle_section(next) != nullptr); // there is always room for what is wanted
    check_same_again(next);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    const auto document = parse_document(text);
    const auto description = parse_description(text);
    if (!document) {
        VV_ASSERT(!description && description.error() == document.error() && !document.error().why.empty());
        return 0;
    }
    const auto again = parse_document(write_document(*document));
    VV_ASSERT(again ? *again == *document : is_of_size(again.error()));
    if (!description) {
        VV_ASSERT(!description.error().why.empty() && description.error().line <= kLinesMax);
        return 0;
    }
    check_bounds(*description);
    check_same_again(*description);
    negotiate(*description);
    return 0;
}
