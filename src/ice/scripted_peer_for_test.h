// The other end of a call as the test wants it: lite, aggressive, old, or wrong in
// some way. It stands at one address of the link, answers what is authentic, and
// sends what the test writes.
#pragma once

#include "ice/link_for_test.h"
#include "stun/attributes.h"
#include "stun/builder.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vv::ice::test {

class ScriptedPeer {
public:
    /// Of the left end of the link, which is told of it. The right end is not used.
    ScriptedPeer(TestLink& link, std::string_view stands_at, bool is_lite = false)
        : address(at(stands_at)),
          link_(link),
          rng_(99),
          own_(make_credentials(rng_)) {
        link.stranger = [this](const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
            if (to.ip != address.ip) return false;
            take(from, to, bytes);
            return true;
        };
        EXPECT_TRUE(link.left.agent.set_remote(link.now, own_, is_lite));
        link.drain(link.left);
    }
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;
    ~ScriptedPeer() { link_.stranger = nullptr; }

    struct Heard {
        SocketAddress at;
        Check check;
    };

    SocketAddress address;
    bool answers = true;
    std::vector<Heard> heard;          // requests
    std::vector<std::string> answered; // "success" or the number of an error, for its own
    /// Written instead of a success, if set.
    std::optional<stun::ErrorCode> refuses_with;
    /// What goes into an answer before its integrity.
    std::function<void(stun::MessageBuilder&)> adds;
    SocketAddress answers_from{}; // port 0: from where it was asked

    [[nodiscard]] const Credentials& own() const { return own_; }
    [[nodiscard]] CredentialPair between() const { return {own_, link_.left.agent.local_credentials()}; }

    void tell(std::uint32_t priority, std::uint16_t port, std::string_view type = "host") {
        const std::string line = "candidate:" + std::to_string(port) + " 1 udp " + std::to_string(priority) + " " +
                                 address.ip.to_string() + " " + std::to_string(port) + " typ " + std::string(type);
        EXPECT_TRUE(link_.left.agent.add_remote_candidate(link_.now, line).value());
        link_.drain(link_.left);
    }
    [[nodiscard]] stun::TransactionId new_id() { return stun::TransactionId(rng_.bytes<stun::kTransactionIdSize>()); }
    void send(ByteBuffer bytes, const SocketAddress& to, std::uint16_t port) {
        link_.launch({address.ip, port}, to, std::move(bytes));
    }
    void check(const SocketAddress& to, std::uint16_t port, const Check& check) {
        send(write_check(new_id(), check, between()), to, port);
    }
    /// A request as the test fills it.
    void request(const SocketAddress& to, std::uint16_t port, const std::function<void(stun::MessageBuilder&)>& fill,
                 std::optional<ByteBuffer> key = {}) {
        ByteBuffer bytes;
        stun::MessageBuilder builder(bytes, stun::Method::kBinding, stun::MessageClass::kRequest, new_id());
        builder.add_text(stun::AttributeType::kUsername, between().remote.ufrag + ":" + own_.ufrag);
        fill(builder);
        builder.add_message_integrity(key ? ByteView(*key) : between().remote.key()).add_fingerprint();
        send(std::move(bytes), to, port);
    }

private:
    void take(const SocketAddress& from, const SocketAddress& to, ByteView bytes) {
        const auto message = stun::parse_message(bytes);
        if (!message) return;
        if (message->message_class() == stun::MessageClass::kRequest) return answer(from, to, *message);
        ASSERT_TRUE(is_authentic(*message, between().remote.key()));
        const auto value = message->find(stun::AttributeType::kErrorCode);
        answered.push_back(value ? std::to_string(stun::parse_error_code(*value)->code) : "success");
    }
    void answer(const SocketAddress& from, const SocketAddress& to, const stun::Message& request) {
        ASSERT_EQ(addressee_of(request), own_.ufrag);
        ASSERT_TRUE(is_authentic(request, own_.key()));
        const auto check = parse_check(request);
        ASSERT_TRUE(check.has_value());
        heard.push_back({to, *check});
        if (!answers) return;
        ByteBuffer out;
        if (refuses_with) {
            out = write_check_refusal(request.transaction_id(), *refuses_with, {}, own_.key());
        } else {
            stun::MessageBuilder builder(out, stun::Method::kBinding, stun::MessageClass::kSuccess,
                                         request.transaction_id());
            builder.add_xor_address(stun::AttributeType::kXorMappedAddress, from);
            if (adds) adds(builder);
            builder.add_message_integrity(own_.key()).add_fingerprint();
        }
        link_.launch(answers_from.port != 0 ? answers_from : to, from, std::move(out));
    }

    TestLink& link_;
    SeededRng rng_;
    Credentials own_;
};

} // namespace vv::ice::test
