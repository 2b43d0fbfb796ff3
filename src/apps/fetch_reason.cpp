#include "apps/fetch_reason.h"

#include "apps/terminal_text.h"

namespace vv::apps {

std::string fetch_reason(const net::HttpUrl& url, const net::FetchError& error) {
    using enum net::FetchFailure;
    const std::string where = url.authority();
    const std::string detail = error.detail.empty() ? "" : " (" + harmless_line(error.detail, kExcerptMax) + ")";
    switch (error.failure) {
    case kNoSuchHost:
        return "no address is known for " + url.host + ": the name does not exist, or the resolver does not answer";
    case kNobodyAnswers:
        return "nobody answers at " + where + detail;
    case kNoTls:
        return "what answers at " + where + " speaks no TLS that can be used" + detail;
    case kNotTrusted:
        return "the certificate that " + where + " shows is not to be trusted" + detail;
    case kBroken:
        return "the connection to " + where + " broke off" + detail;
    case kUnreadable:
        return "what answers at " + where + " speaks no HTTP that can be read";
    case kTooLarge:
        return "the answer is larger than " + std::to_string(net::HttpAnswerLimits{}.body_max) + " bytes";
    case kTooSlow:
        return where + " takes too long" + detail;
    }
    return {};
}

} // namespace vv::apps
