#include "apps/reload.h"

#include "apps/certificate.h"
#include "apps/config_load.h"
#include "apps/config_options.h"
#include "apps/rooms_gate.h"
#include "apps/service_config.h"
#include "base/assert.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <utility>

namespace vv::apps {
namespace {

std::string joined(std::span<const std::string_view> keys) {
    std::string text;
    for (const std::string_view key : keys)
        text += (text.empty() ? "" : " ") + std::string(key);
    return text;
}

bool differ(const Config& one, const Config& other, std::string_view key) {
    const auto in_one = one.given.find(key);
    const auto in_other = other.given.find(key);
    if (in_one == one.given.end() || in_other == other.given.end()) {
        return (in_one == one.given.end()) != (in_other == other.given.end());
    }
    return in_one->second != in_other->second;
}

void copy_option(Config& to, const Config& from, const Option& option, const std::string& place) {
    const auto found = from.given.find(option.key);
    if (found == from.given.end()) return;
    const auto outcome = set_option(to, option, found->second, place);
    VV_ASSERT(outcome.has_value()); // it was read by the same setter
}

// Where the value is that holds from now on. The place that one which is kept was given in may be another line by now,
// or none.
std::string place_of(const Config& read, const Option& option, bool stays_from_before) {
    const auto found = read.places.find(option.key);
    return stays_from_before || found == read.places.end() ? "the running configuration" : found->second;
}

// A certificate's files mean something only in the mode that reads them, and the mode stays.
bool is_taken(const Option& option, bool same_tls_mode) {
    const bool is_certificate = option.key == "tls.cert" || option.key == "tls.key";
    return option.on_reload == OnReload::kTaken && (same_tls_mode || !is_certificate);
}

void renew(std::optional<RelayPlace>& place, const std::optional<RelayPlace>& found, std::string_view name,
           std::vector<std::string_view>& kept) {
    if (place && found && place->local == found->local) {
        place->advertised = found->advertised;
    } else if (place || found) {
        kept.push_back(name);
    }
}

std::string told_address(const std::optional<RelayPlace>& place) {
    return place ? place->advertised.ip.to_string() : "none";
}

} // namespace

ReloadPlan plan_reload(const Config& running, const Config& read, bool with_rooms) {
    ReloadPlan plan;
    const bool same_tls_mode = running.tls_mode == read.tls_mode;
    for (const Option& option : options()) {
        const bool taken = is_taken(option, same_tls_mode);
        const bool differs = differ(running, read, option.key);
        copy_option(plan.config, taken ? read : running, option, place_of(read, option, differs && !taken));
        if (differs) (taken ? plan.changed : plan.kept).push_back(option.key);
    }
    plan.config.tls_mode = running.tls_mode; // which source said what is known to the first reading only
    check_together(plan.config, with_rooms);
    return plan;
}

RelayPlan renewed_places(const RelayPlan& running, const RelayPlan& found, std::vector<std::string_view>& kept) {
    RelayPlan plan = running;
    renew(plan.ipv4, found.ipv4, "the relay's IPv4 address", kept);
    renew(plan.ipv6, found.ipv6, "the relay's IPv6 address", kept);
    return plan;
}

void Reloader::begin(net::Service& service) {
    service_ = &service;
    const auto outcomes = [&](const std::string& name, std::string_view help) {
        return Outcomes{&service.metrics().counter(name, help, R"(outcome="taken")"),
                        &service.metrics().counter(name, help, R"(outcome="refused")")};
    };
    configuration_ = outcomes("visavis_configuration_reloads_total", "Times the configuration was read again.");
    certificate_ = outcomes("visavis_certificate_reloads_total", "Times the certificate was read again.");
}

void Reloader::reload() {
    try {
        take(running_.read_again());
    } catch (const std::exception& error) {
        configuration_.refused->add();
        log_.error("configuration-not-reloaded", {{"why", error.what()}});
    }
}

void Reloader::take(const Config& read) {
    ReloadPlan wanted = plan_reload(running_.config, read, running_.with_rooms);
    if (!running_.with_rooms) check_relay(wanted.config);
    const auto is_certificate = [](std::string_view key) { return key == "tls.cert" || key == "tls.key"; };
    // Where the same files are named as before their watch sees to what they hold, which may be half written just now.
    if (std::ranges::any_of(wanted.changed, is_certificate)) check_certificate(wanted.config);
    Config config = running_.with_rooms ? with_rules_read(wanted.config) : wanted.config;
    const RelayPlan found = plan_relay(config);
    const RelayPlan plan = renewed_places(running_.plan, found, wanted.kept);
    ServiceDescription wished = describe_service(config, plan, running_.key, running_.with_rooms);
    std::optional<std::string> closed;
    if (wished.rooms && wished.rooms->closed) closed = wished.rooms->why;
    Told told{joined(wanted.changed), told_address(plan.ipv4), told_address(plan.ipv6), std::move(closed),
              found.untold,           joined(wanted.kept)};
    // At once: who wants to see why a thread hangs cannot wait for it.
    const net::LogOptions log = log_options(config);
    log_.set(log.level, log.show_addresses);
    service_->reload(std::move(wished.service), [this, told = std::move(told)] { tell(told); });
    running_.config = std::move(wanted.config);
    running_.plan = plan;
}

// Once all threads have taken it: from here on nobody is served by what was before.
void Reloader::tell(const Told& told) {
    configuration_.taken->add();
    log_.info("configuration-reloaded", {{"changed", told.changed}, {"ipv4", told.ipv4}, {"ipv6", told.ipv6}});
    if (told.rooms_closed) log_.info("rooms-closed", {{"why", *told.rooms_closed}});
    for (const UntoldAddress& address : told.untold)
        log_.warn("address-not-told", {{"why", describe(address)}});
    if (!told.kept.empty()) log_.warn("restart-needed", {{"for", told.kept}});
}

bool Reloader::reload_certificate() {
    try {
        service_->reload_tls(read_certificate(running_.config), [this] {
            certificate_.taken->add();
            log_.info("certificate-reloaded");
        });
        return true;
    } catch (const std::exception& error) {
        certificate_.refused->add();
        log_.error("certificate-not-reloaded", {{"why", error.what()}});
        return false;
    }
}

} // namespace vv::apps
