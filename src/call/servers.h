// The STUN and TURN servers of one call. A relay's credentials serve for ten minutes, and
// ICE may have to be restarted later. Of web/core/servers.ts.
#pragma once

#include "base/instant.h"
#include "caller/client.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace vv::call {

/// Credentials are taken for good this long.
inline constexpr std::chrono::seconds kServersFreshTime{540};
/// The server has this long to name new ones; or this, where the connection to it may be as dead as the path.
inline constexpr std::chrono::seconds kServersTime{2};
inline constexpr std::chrono::milliseconds kServersHurryTime{500};
/// What a restart had to do without serves the next one, if that comes within this.
inline constexpr std::chrono::seconds kServersLateTime{2};

class Servers {
public:
    [[nodiscard]] const std::vector<caller::IceServer>& list() const { return list_; }

    void take(Instant now, std::vector<caller::IceServer> servers) {
        if (is_owed()) late_at_ = now;
        list_ = std::move(servers);
        since_ = now;
        is_wanting_ = false;
        wait_until_.reset();
    }
    /// New ones were wanted, and a restart has had to do with the old ones since.
    [[nodiscard]] bool is_owed() const { return is_wanting_ && !wait_until_; }

    /// Before a restart: whether new ones are to be asked for and waited for. is_doubted: what broke had a relay, which
    /// may be gone. hurries: nothing arrives.
    [[nodiscard]] bool must_ask(Instant now, bool is_doubted) {
        const auto late = std::exchange(late_at_, std::nullopt);
        // The restart is for their sake.
        if (late && now < *late + kServersLateTime) return false;
        return is_doubted || now >= since_ + kServersFreshTime;
    }
    /// is_asked: the server is there. Nothing to wait for where it is not; they are owed then.
    void handle_asked(Instant now, bool is_asked, bool hurries) {
        is_wanting_ = true;
        if (!is_asked) return;
        wait_until_ = now + (hurries ? Duration(kServersHurryTime) : Duration(kServersTime));
    }
    [[nodiscard]] const std::optional<Instant>& wait_until() const { return wait_until_; }
    /// Without an answer the old ones must do.
    void handle_timeout() { wait_until_.reset(); }

private:
    std::vector<caller::IceServer> list_;
    Instant since_{};
    std::optional<Instant> late_at_;
    std::optional<Instant> wait_until_;
    bool is_wanting_ = false;
};

} // namespace vv::call
