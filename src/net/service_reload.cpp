#include "net/service_reload.h"

#include "base/assert.h"
#include "base/reloadable.h"

#include <utility>

namespace vv::net {

void forget_secrets(ServiceConfig& config) {
    config.signal.turn_secret = crypto::SecretBytes();
    if (config.regions) config.regions->secret = crypto::SecretBytes();
    if (!config.relay) return;
    config.relay->turn.secrets.clear();
    config.relay->turn.users.clear();
}

std::vector<SslContextPtr> make_server_contexts(const TlsCredentials& credentials, std::size_t members) {
    std::vector<SslContextPtr> contexts;
    contexts.reserve(members);
    for (std::size_t i = 0; i < members; ++i)
        contexts.push_back(make_server_context(credentials));
    return contexts;
}

ServiceReload::ServiceReload(const Parts& parts)
    : parts_(parts),
      configurations_(loops_of(parts.members)),
      certificates_(loops_of(parts.members)) {}

// The main thread's relay first, which may refuse it. What the members share is told from the running configuration, so
// that nothing reaches it that the members would not take.
void ServiceReload::reload(ServiceConfig wished, Task done) {
    VV_ASSERT(signal::is_sound(wished.signal));
    parts_.members.front()->reload(wished);
    ServiceConfig& config = parts_.config;
    const bool other_files = config.watched_files != wished.watched_files;
    take_reloadable(config, wished);
    parts_.limits.set(config.connections_max, config.connections_per_address);
    parts_.prefixes.set_connections(config.prefixes.connections);
    if (parts_.turn && config.relay) {
        parts_.turn->quota.set_quotas(config.relay->turn.quotas);
        parts_.turn->strangers.set_limits(config.relay->turn);
    }
    if (parts_.regions != nullptr && config.regions && wished.regions)
        parts_.regions->set_secret(config.regions->secret);
    if (parts_.files != nullptr && other_files) parts_.files->set_files(config.watched_files);
    forget_secrets(config);
    const auto shared = std::make_shared<const ServiceConfig>(std::move(wished));
    configurations_.hand_out([&members = parts_.members, shared](std::size_t i) { members[i]->reload(*shared); },
                             std::move(done));
}

void ServiceReload::reload_tls(const TlsCredentials& credentials, Task done) {
    VV_ASSERT(parts_.config.tls.has_value());
    // One for each, made before anybody has a new one: a certificate that cannot be used reaches nobody.
    const auto contexts =
        std::make_shared<std::vector<SslContextPtr>>(make_server_contexts(credentials, parts_.members.size()));
    parts_.members.front()->use_tls(std::move(contexts->front()));
    certificates_.hand_out(
        [&members = parts_.members, contexts](std::size_t i) { members[i]->use_tls(std::move(contexts->at(i))); },
        std::move(done));
}

} // namespace vv::net
