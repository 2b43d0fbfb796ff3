// The oracle against the boxes: every meeting is built, and what real packets
// come to is held against what was predicted. Direct ways are tried by hole
// punching alone, relayed ones with the real client and the real server.
#include "sim/apps_for_test.h"
#include "sim/binding_host.h"
#include "sim/meeting.h"
#include "sim/oracle.h"
#include "sim/prober.h"
#include "sim/scenario_for_test.h"
#include "sim/turn_host.h"
#include "sim/turn_login_for_test.h"
#include "sim/turn_user.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace vv::sim {
namespace {

using namespace std::chrono_literals;

/// Both probers, which are told each other's candidates as a signaling server would tell them: again when there are
/// more.
struct Punching {
    Punching(World& world, const Meeting& meeting)
        : net(build(world, meeting, {.delay = 10ms})),
          stun{SocketAddress{*net.server.address(AddressFamily::kIpv4), kStunPort},
               SocketAddress{*net.server.address(AddressFamily::kIpv6), kStunPort}},
          a(net.a.run<Prober>(stun)),
          b(net.b.run<Prober>(stun)) {
        for (int i = 1; i <= 3; ++i)
            world.at(world.time() + i * 100ms, [this] { introduce(); });
    }
    void introduce() {
        for (const SocketAddress& candidate : a.candidates())
            b.learn(candidate);
        for (const SocketAddress& candidate : b.candidates())
            a.learn(candidate);
    }

    BuiltMeeting net;
    std::array<SocketAddress, 2> stun;
    Prober& a;
    Prober& b;
};

bool meeting_has_v6(const Meeting& meeting) {
    return meeting.a.has_v6 && meeting.b.has_v6;
}

TEST(Matrix, WhatIsDirectIsWhatWasPredicted) {
    const std::vector<Meeting> meetings = all_meetings();
    for_each_seed(1, [&](World& first) {
        for (const Meeting& meeting : meetings) {
            SCOPED_TRACE(meeting.name());
            World world(first.new_seed());
            world.trace_to(first.trace());
            Punching punching(world, meeting);
            punching.net.server.run<BindingHost>(kStunPort);
            // What must not be gets all the time; what must be, no more than it needs.
            const auto has_come_about = [&](AddressFamily family) {
                return punching.a.has_reached(family) && punching.b.has_reached(family);
            };
            const bool by_v4 = is_direct_possible(meeting, AddressFamily::kIpv4);
            const bool by_v6 = is_direct_possible(meeting, AddressFamily::kIpv6);
            world.run_for(1500ms, [&] {
                return by_v4 && has_come_about(AddressFamily::kIpv4) && (by_v6 || !meeting_has_v6(meeting)) &&
                       (!by_v6 || has_come_about(AddressFamily::kIpv6));
            });
            for (const auto family : {AddressFamily::kIpv4, AddressFamily::kIpv6}) {
                const bool expected = is_direct_possible(meeting, family);
                EXPECT_EQ(punching.a.has_reached(family), expected);
                EXPECT_EQ(punching.b.has_reached(family), expected);
            }
            if (testing::Test::HasFailure()) return;
        }
    });
}

/// One end's ways to the relay, all tried at once.
class Ways {
public:
    Ways(Host& host, const SocketAddress& server4, const SocketAddress& server6) {
        for (const SocketAddress& server : {server4, server6}) {
            if (!host.address(server.ip.family())) continue;
            for (const auto& [transport, port] :
                 {std::pair(turn::Transport::kUdp, kStunPort), std::pair(turn::Transport::kTcp, kStunPort),
                  std::pair(turn::Transport::kTls, kTlsPort)}) {
                TurnLogin login = test_login({server.ip, port}, transport);
                login.dual = true;
                users_.push_back(&host.run<TurnUser>(std::move(login)));
                users_.back()->start();
            }
        }
    }
    /// The first that has come about.
    [[nodiscard]] TurnUser* best() const {
        const auto found = std::ranges::find_if(users_, [](const TurnUser* user) { return user->is_there(); });
        return found != users_.end() ? *found : nullptr;
    }

private:
    std::vector<TurnUser*> users_;
};

bool hears(const TurnUser& user, std::string_view text) {
    return std::ranges::any_of(user.heard,
                               [&](const TurnUser::Heard& heard) { return as_text(heard.payload) == text; });
}

/// Whether a packet gets from the one to the other and back, between two relays.
bool are_relayed(World& world, const BuiltMeeting& net) {
    const SocketAddress server4{*net.server.address(AddressFamily::kIpv4), 1};
    const SocketAddress server6{*net.server.address(AddressFamily::kIpv6), 1};
    const Ways of_a(net.a, server4, server6);
    const Ways of_b(net.b, server4, server6);
    world.run_for(40s); // until every request has been given up
    TurnUser* a = of_a.best();
    TurnUser* b = of_b.best();
    if (a == nullptr || b == nullptr) return false;
    for (const auto family : {AddressFamily::kIpv4, AddressFamily::kIpv6}) {
        const auto at_a = a->relayed(family);
        const auto at_b = b->relayed(family);
        if (!at_a || !at_b) continue;
        a->permit(at_b->ip);
        b->permit(at_a->ip);
        world.run_for(3s);
        a->send(*at_b, as_bytes("question"));
        world.run_for(3s);
        b->send(*at_a, as_bytes("answer"));
        world.run_for(3s);
        return hears(*b, "question") && hears(*a, "answer");
    }
    return false;
}

TEST(Matrix, WhatIsNotDirectIsRelayedOrImpossibleAsPredicted) {
    const std::vector<Meeting> meetings = all_meetings();
    std::array<int, 3> seen{};
    for_each_seed(1, [&](World& first) {
        for (std::size_t i = 0; i < meetings.size(); ++i) {
            const Path predicted = predict(meetings[i], {});
            // Of the many that differ in the NATs alone some are enough: the relay sees no difference.
            if (predicted == Path::kDirect || (predicted == Path::kRelayed && i % 5 != 0)) continue;
            SCOPED_TRACE(meetings[i].name());
            World world(first.new_seed());
            world.trace_to(first.trace());
            const BuiltMeeting net = build(world, meetings[i], {.delay = 10ms});
            run_turn_server(net.server, 2);
            EXPECT_EQ(are_relayed(world, net) ? Path::kRelayed : Path::kImpossible, predicted);
            ++seen.at(static_cast<std::size_t>(predicted));
            if (testing::Test::HasFailure()) return;
        }
    });
    EXPECT_GT(seen[1], 20);
    EXPECT_GT(seen[2], 20);
}

} // namespace
} // namespace vv::sim
