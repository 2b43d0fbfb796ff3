// Asks servers for pages, one question after the other, and waits for each answer: for a command that a person runs,
// not for the server. Certificates are verified against the system's store,
// or against those it is given.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "net/http_answer.h"
#include "net/http_url.h"
#include "net/name_lookup.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vv::net {

enum class FetchFailure : std::uint8_t {
    kNoSuchHost,    // the resolver knows no address, or does not answer
    kNobodyAnswers, // nothing takes the connection
    kNoTls,         // something does, and speaks no TLS that we do
    kNotTrusted,    // its certificate is not good for this name
    kBroken,        // the connection ended before the answer did
    kUnreadable,    // what answers speaks no HTTP that we can read
    kTooLarge,
    kTooSlow,
};

struct FetchError {
    FetchFailure failure;
    std::string detail; // what the system or OpenSSL has to say; may be empty
};

using Fetched = Result<HttpAnswer, FetchError>;

class HttpClient {
public:
    struct Options {
        Duration time_max = std::chrono::seconds(15);      // for one answer, from the name to its last byte
        Duration whole_time_max = std::chrono::minutes(3); // for all answers of this client together
        HttpAnswerLimits limits;
        std::string trusted_pem{}; // certificates to trust in place of the system's
        NameLookup::Resolve resolve = net::resolve;
    };

    HttpClient();
    explicit HttpClient(Options options);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// GET, with these header lines ("Accept-Encoding: br\r\n") beside Host. Follows nothing. Uses the connection of
    /// the time before where that was to the same origin and the server has kept it.
    [[nodiscard]] Fetched fetch(const HttpUrl& url, std::string_view header_lines);

private:
    class Connection;

    Result<std::unique_ptr<Connection>, FetchError> connect(const HttpUrl& url, Instant deadline);

    Options options_;
    Instant end_;
    std::unique_ptr<Connection> kept_;
};

} // namespace vv::net
