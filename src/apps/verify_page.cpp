#include "apps/verify_page.h"

#include "apps/fetch_reason.h"
#include "apps/page_hash.h"
#include "apps/page_links.h"
#include "apps/terminal_text.h"
#include "base/ascii.h"
#include "net/content_decoding.h"
#include "net/page_handler.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace vv::apps {
namespace {

constexpr std::size_t kBodyMax = net::HttpAnswerLimits{}.body_max;

// As a browser asks, so that nothing is answered otherwise by mistake. Whoever wants to tell us apart still can.
constexpr std::string_view kLikeABrowser =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n";

// A server holds a file in up to three forms, and browsers take each.
struct Form {
    std::string_view accepted;
    std::string_view name;
};
constexpr std::array kForms{Form{"identity", "plain"}, Form{"gzip", "gzip"}, Form{"gzip, deflate, br", "br"}};

// What has no place beside our page, since it adds to it, watches who loads it or lets others read it.
constexpr std::array<std::string_view, 12> kStrangeHeaders{"content-security-policy-report-only",
                                                           "refresh",
                                                           "link",
                                                           "speculation-rules",
                                                           "set-cookie",
                                                           "report-to",
                                                           "reporting-endpoints",
                                                           "nel",
                                                           "service-worker-allowed",
                                                           "sourcemap",
                                                           "x-sourcemap",
                                                           "access-control-allow-origin"};

std::string quoted(std::string_view text) {
    return "“" + harmless_line(text, kExcerptMax) + "”";
}

/// What a question has come to: the last answer and where it is from, or a reason in words.
struct Asked {
    std::optional<net::HttpAnswer> answer;
    net::HttpUrl from;
    std::string why;
    bool was_answered = true; // if not, the network may be to blame, or a server that does not want to be compared
    bool leads_away = false;  // to another origin
};

class Asker {
public:
    explicit Asker(const Fetch& fetch) : fetch_(fetch) {}

    Asked ask(net::HttpUrl url, std::string_view accepted) const {
        const std::string lines = std::string(kLikeABrowser) + "Accept-Encoding: " + std::string(accepted) + "\r\n";
        for (std::size_t redirects = 0;; ++redirects) {
            auto fetched = fetch_(url, lines);
            if (!fetched) {
                const net::FetchFailure failure = fetched.error().failure;
                const bool was_answered =
                    failure == net::FetchFailure::kTooLarge || failure == net::FetchFailure::kUnreadable;
                return {{}, url, fetch_reason(url, fetched.error()), was_answered};
            }
            const bool moves = fetched->status > 300 && fetched->status < 309 && fetched->status != 304;
            const auto place = moves ? fetched->header("location") : std::nullopt;
            if (!place) return {std::move(*fetched), url, {}};
            const auto next = net::resolve_reference(url, *place);
            if (!next) return {{}, url, "it leads to " + quoted(*place) + ", which is no address of a page"};
            if (next->origin() != url.origin()) {
                return {{}, *next, "it leads to another place, " + quoted(next->origin()), true, true};
            }
            if (redirects == kRedirectsMax) return {{}, url, "it leads on and on"};
            url = *next;
        }
    }

private:
    const Fetch& fetch_;
};

// What a server says of itself, fit to be shown.
std::optional<PageClaim> read_claim(const net::HttpAnswer& answer) {
    auto claim = answer.status == 200 ? read_page_claim(as_text(answer.body)) : std::nullopt;
    if (!claim) return std::nullopt;
    return PageClaim{harmless_line(claim->version, kExcerptMax), harmless_line(claim->hash, kExcerptMax)};
}

// From where on one text is not the other.
std::string first_difference(ByteView published, ByteView served) {
    const auto [ours, theirs] = std::ranges::mismatch(published, served);
    const auto at = static_cast<std::size_t>(theirs - served.begin());
    if (ours == published.end()) return "more behind its end: " + quoted(as_text(served).substr(at));
    if (theirs == served.end()) return "it ends after " + std::to_string(at) + " bytes";
    return "from byte " + std::to_string(at) + " on " + quoted(as_text(served).substr(at, kExcerptMax)) + " and not " +
           quoted(as_text(published).substr(at, kExcerptMax));
}

// The policy with nothing but origins behind what its connect-src has here: those of relays, which an operator names.
std::optional<std::vector<std::string>> relays_in(std::string_view policy, std::string_view ours) {
    const auto split = ours.find("; font-src");
    const std::string_view head = ours.substr(0, split);
    const std::string_view tail = ours.substr(split);
    if (policy.size() < ours.size() || !policy.starts_with(head) || !policy.ends_with(tail)) return std::nullopt;
    std::string_view between = policy.substr(head.size(), policy.size() - ours.size());
    std::vector<std::string> relays;
    while (!between.empty()) {
        if (!between.starts_with(' ')) return std::nullopt;
        between.remove_prefix(1);
        const std::string_view word = between.substr(0, between.find(' '));
        const auto url = net::parse_http_url(word);
        if (!url || url->origin() != word) return std::nullopt;
        relays.emplace_back(word);
        between.remove_prefix(word.size());
    }
    return relays;
}

class Verification {
public:
    Verification(const net::HttpUrl& url, std::span<const EmbeddedAsset> page, const Fetch& fetch)
        : base_(url),
          page_(page),
          asker_(fetch) {
        base_.target = "/";
        for (const EmbeddedAsset& asset : page)
            by_path_[asset.route] = &asset;
    }

    PageReport run() {
        const Asked version = asker_.ask(at(kVersionPath), "identity");
        if (!version.answer) {
            const bool has_gone = version.leads_away;
            return unchecked(version.why + (has_gone ? ": look at that address instead" : ""));
        }
        const auto claim = read_claim(*version.answer);
        if (claim && claim->version != VV_VERSION) return other_version(*claim);
        if (!claim && !is_ours("/")) {
            return unchecked("what answers there does not say that it is visavis (GET " + std::string(kVersionPath) +
                             "), nor does it serve that page");
        }
        if (!claim) found_.push_back("missing  " + std::string(kVersionPath) + ": it does not say what it serves");
        if (claim && claim->hash != page_hash(page_)) {
            found_.push_back("differs  " + std::string(kVersionPath) + ": it says itself that its page is another, " +
                             claim->hash);
        }
        for (const auto& [path, asset] : by_path_)
            look_at(*asset);
        look_for_extra_files();
        return judged();
    }

private:
    [[nodiscard]] net::HttpUrl at(std::string_view target) const {
        net::HttpUrl url = base_;
        url.target = target;
        return url;
    }

    PageReport unchecked(const std::string& reason) const {
        return {PageVerdict::kNotChecked, base_.origin() + " was not checked: " + reason + "\n"};
    }

    PageReport other_version(const PageClaim& claim) const {
        return {PageVerdict::kOtherVersion,
                base_.origin() + " says that it is visavis " + claim.version + " with the page\n  " + claim.hash +
                    "\nThis is visavis " VV_VERSION
                    " and knows no other page than its own: nothing was compared. Ask visavis " +
                    claim.version + ".\n"};
    }

    [[nodiscard]] bool is_ours(std::string_view path) const {
        const Asked asked = asker_.ask(at(path), "identity");
        const auto found = by_path_.find(path);
        return asked.answer && found != by_path_.end() &&
               std::ranges::equal(asked.answer->body, found->second->identity);
    }

    void look_at(const EmbeddedAsset& asset) {
        std::string plain_fault;
        for (const Form& form : kForms) {
            const Asked asked = asker_.ask(at(asset.route), form.accepted);
            const std::string fault = fault_of(asset, asked);
            if (form.name == "plain") plain_fault = fault;
            // The same in every form is said once.
            else if (fault.empty() || fault == plain_fault)
                continue;
            if (fault.empty()) continue;
            found_.push_back(fault + (form.name == "plain" ? "" : " (as " + std::string(form.name) + ")"));
        }
    }

    // Empty: it is what was published. Headers are noted besides.
    std::string fault_of(const EmbeddedAsset& asset, const Asked& asked) {
        const std::string path(asset.route);
        if (!asked.answer && !asked.was_answered) {
            unasked_.insert(path + ": " + asked.why);
            return {};
        }
        if (!asked.answer) return "missing  " + path + ": " + asked.why;
        const net::HttpAnswer& answer = *asked.answer;
        // What a script imports is looked for beside the place that the script has come from.
        if (asked.from.target != path) return "differs  " + path + ": it leads to " + quoted(asked.from.target);
        if (answer.status == 404 || answer.status == 410) return "missing  " + path + ": nothing is there";
        if (answer.status != 200) return "differs  " + path + ": status " + std::to_string(answer.status);
        look_at_headers(asset, answer);
        const auto body = net::decode_content(answer.header("content-encoding").value_or(""), answer.body, kBodyMax);
        if (!body || answer.header_count("content-encoding") > 1)
            return "differs  " + path + ": its Content-Encoding cannot be taken off";
        if (std::ranges::equal(*body, asset.identity)) return {};
        if (!asset.immutable) changed_documents_[asset.route] = std::string(as_text(*body));
        return "differs  " + path + ": " + first_difference(asset.identity, *body);
    }

    void note_header(const std::string& path, const std::string& text) {
        if (headers_.insert(text).second) found_.push_back("header   " + path + ": " + text);
    }

    void look_at_headers(const EmbeddedAsset& asset, const net::HttpAnswer& answer) {
        const std::string path(asset.route);
        const auto type = answer.header("content-type");
        if (answer.header_count("content-type") != 1 || !equal_ignoring_case(type.value_or(""), asset.content_type)) {
            note_header(path, "Content-Type is " + (type ? quoted(*type) : "missing") + " and not " +
                                  quoted(asset.content_type));
        }
        for (const auto& header : net::protecting_headers(base_.authority())) {
            // A browser applies the others to what it shows as a page.
            if (!asset.immutable || header.name == "X-Content-Type-Options") look_at_header(path, header, answer);
        }
        for (const std::string_view name : kStrangeHeaders) {
            if (const auto value = answer.header(name))
                note_header(path, std::string(name) + " has no place here: " + quoted(*value));
        }
    }

    void look_at_header(const std::string& path, const net::HttpHeader& ours, const net::HttpAnswer& answer) {
        const std::string name = ascii_lowered(ours.name);
        const auto value = answer.header(name);
        if (!value) return note_header(path, ours.name + " is missing");
        if (answer.header_count(name) > 1) return note_header(path, ours.name + " comes more than once");
        if (*value == ours.value) return;
        const auto relays = name == "content-security-policy" ? relays_in(*value, ours.value) : std::nullopt;
        if (!relays) {
            return note_header(path,
                               ours.name + " is another, " + first_difference(as_bytes(ours.value), as_bytes(*value)));
        }
        relays_.insert(relays->begin(), relays->end());
    }

    // What only the served documents name.
    void look_for_extra_files() {
        std::set<std::string> seen;
        for (const auto& [path, text] : changed_documents_) {
            const PageLinks published = links_of(as_text(by_path_.at(path)->identity));
            const PageLinks served = links_of(text);
            if (served.scripts != published.scripts) {
                found_.push_back("differs  " + std::string(path) + ": script elements: " +
                                 std::to_string(served.scripts) + " and not " + std::to_string(published.scripts));
            }
            for (const std::string& reference : served.references) {
                const auto url = net::resolve_reference(at(path), reference);
                const bool is_known = !url || (url->origin() == base_.origin() && by_path_.contains(url->path()));
                if (is_known || !seen.insert(url->text()).second) continue;
                if (seen.size() > kExtraFilesMax) {
                    found_.push_back("extra    more than " + std::to_string(kExtraFilesMax) + " addresses in all");
                    return;
                }
                look_at_extra(std::string(path), *url);
            }
        }
    }

    void look_at_extra(const std::string& path, const net::HttpUrl& url) {
        const std::string named = harmless_line(url.origin() == base_.origin() ? url.target : url.text(), kExcerptMax);
        std::string what = "at another place";
        if (url.origin() == base_.origin()) {
            const Asked asked = asker_.ask(url, "identity");
            what = !asked.answer ? asked.why
                                 : "status " + std::to_string(asked.answer->status) + ", " +
                                       std::to_string(asked.answer->body.size()) + " bytes";
        }
        found_.push_back("extra    " + named + ": named by " + path + " and not published; " + what);
    }

    PageReport judged() const {
        const bool is_whole = found_.empty() && unasked_.empty();
        const std::string_view finding = is_whole         ? " serves "
                                         : found_.empty() ? " could not be asked for all of "
                                                          : " does NOT serve ";
        std::string text = base_.origin() + std::string(finding) + "the page of visavis " VV_VERSION "\n  page " +
                           page_hash(page_) + "\n";
        if (is_whole) {
            text += "  " + std::to_string(by_path_.size()) +
                    " addresses, each plain, as gzip and as br, with the headers that protect them\n";
        }
        for (const std::string& line : found_)
            text += "  " + line + "\n";
        for (const std::string& line : unasked_)
            text += "  unknown  " + line + "\n";
        for (const std::string& relay : relays_)
            text += "  note     its policy lets the page ask " + relay + " too: a relay of another region?\n";
        if (!base_.is_tls) text += "  note     without https anybody on the way can change it\n";
        text += "A server can tell this program from a browser and send each something else.\n";
        if (!found_.empty()) return {PageVerdict::kDiffers, text};
        return {is_whole ? PageVerdict::kPublished : PageVerdict::kNotChecked, text};
    }

    net::HttpUrl base_;
    std::span<const EmbeddedAsset> page_;
    Asker asker_;
    std::map<std::string_view, const EmbeddedAsset*> by_path_;
    std::map<std::string_view, std::string> changed_documents_; // by path, the last form that differs
    std::vector<std::string> found_;
    std::set<std::string> unasked_; // files that no answer came for
    std::set<std::string> headers_; // each is said once, not for every file
    std::set<std::string> relays_;
};

} // namespace

PageReport verify_page(const net::HttpUrl& url, std::span<const EmbeddedAsset> page, const Fetch& fetch) {
    return Verification(url, page, fetch).run();
}

} // namespace vv::apps
