#include "mdns/host.h"

#include "base/assert.h"

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

namespace vv::mdns {
namespace {

std::string lower(std::string_view name) {
    std::string result(name);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

} // namespace

void Host::own(Instant now, std::string_view name, const IpAddress& address) {
    VV_ASSERT(is_name(name));
    own_[lower(name)] = {address, now};
    packets_.push_back(write_answer(std::vector<AddressRecord>{{lower(name), address, kTtl}}));
}

void Host::disown(Instant /*now*/, std::string_view name) {
    const auto own = own_.find(lower(name));
    if (own == own_.end()) return;
    packets_.push_back(write_answer(std::vector<AddressRecord>{{own->first, own->second.address, 0}}));
    own_.erase(own);
}

void Host::resolve(Instant now, std::string_view name) {
    if (!is_name(name) || (!lookups_.contains(lower(name)) && lookups_.size() == kLookupsMax)) {
        events_.push_back({std::string(name), std::nullopt});
        return;
    }
    if (lookups_.try_emplace(lower(name), Lookup{std::string(name), now}).second) handle_timeout(now);
}

void Host::finish(const std::string& name, const std::optional<IpAddress>& address) {
    const auto lookup = lookups_.find(name);
    events_.push_back({lookup->second.asked, address});
    lookups_.erase(lookup);
}

void Host::handle_input(Instant now, ByteView packet) {
    const auto message = parse(packet);
    if (!message) return;
    if (message->is_answer) {
        for (const AddressRecord& record : message->records) {
            if (record.ttl != 0 && lookups_.contains(record.name)) finish(record.name, record.address);
        }
        return;
    }
    std::vector<AddressRecord> records;
    for (const Question& question : message->questions)
        answer(now, question, records);
    if (!records.empty()) packets_.push_back(write_answer(records));
}

void Host::answer(Instant now, const Question& question, std::vector<AddressRecord>& records) {
    const auto found = own_.find(question.name);
    if (found == own_.end()) return;
    auto& [address, said_at] = found->second;
    if (address.is_v4() ? !question.wants_ipv4 : !question.wants_ipv6) return;
    if (said_at && now - *said_at < kAnswerInterval) return;
    said_at = now;
    records.push_back({found->first, address, kTtl});
}

void Host::handle_timeout(Instant now) {
    std::vector<std::string> given_up;
    std::vector<std::string> due;
    for (auto& [name, lookup] : lookups_) {
        if (lookup.next > now) continue;
        if (lookup.queries == kQueriesMax) {
            given_up.push_back(name);
            continue;
        }
        lookup.next = now + kFirstWait * (1 << lookup.queries);
        ++lookup.queries;
        due.push_back(name);
    }
    for (const std::string& name : given_up)
        finish(name, std::nullopt);
    for (const std::string& name : due)
        packets_.push_back(write_query(std::span(&name, 1)));
}

std::optional<ByteBuffer> Host::poll_transmit() {
    if (packets_.empty()) return std::nullopt;
    ByteBuffer packet = std::move(packets_.front());
    packets_.pop_front();
    return packet;
}

std::optional<Resolved> Host::poll_event() {
    if (events_.empty()) return std::nullopt;
    Resolved event = std::move(events_.front());
    events_.pop_front();
    return event;
}

std::optional<Instant> Host::poll_timeout() const {
    std::optional<Instant> next;
    for (const auto& [name, lookup] : lookups_)
        if (!next || lookup.next < *next) next = lookup.next;
    return next;
}

} // namespace vv::mdns
