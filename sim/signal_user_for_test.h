// A page's half of the signaling protocol (docs/protocol.md), as much of it as a
// call needs that lives through lost connections and servers that restart: it
// finds somebody, tells bodies in order and once, and comes back.
#pragma once

#include "base/encoding.h"
#include "base/rng.h"
#include "crypto/ecdsa.h"
#include "crypto/hash.h"
#include "signal/connection.h"
#include "sim/host.h"
#include "sim/message_stream.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vv::sim {

using Json = nlohmann::json;

class SignalUser final : public App {
public:
    struct Place {
        std::string authority; ///< what the proof of the key names
        std::vector<SocketAddress> addresses;
    };
    struct Accepted {
        bool is_a = false;
        Json ice_servers;
    };
    /// wish: `seek` or `open`, said whenever this end is in no call and in no line.
    SignalUser(Host& its_host, Place place, Json wish)
        : App(its_host),
          place_(std::move(place)),
          wish_(std::move(wish)),
          rng_(its_host.world().new_seed()),
          signer_(new_signer(rng_)) {}

    std::function<void(const Accepted&)> when_accepted;
    std::function<void(const std::string& body)> when_told;
    std::vector<bool> welcomes;        // whether each was a return
    std::vector<std::uint16_t> closes; // codes the server closed with
    std::vector<std::string> errors;   // codes of refusals
    std::optional<std::string> left;   // why the call is over

    void start() {
        connect(host().time());
        reschedule();
    }
    void tell(std::string body) {
        untold_.push_back({.id = ++last_id_, .body = std::move(body)});
        if (is_welcome_ && is_accepted_) say_bodies(false);
    }
    [[nodiscard]] bool is_connected() const { return is_welcome_; }
    [[nodiscard]] bool is_in_call() const { return is_accepted_ && !left; }
    [[nodiscard]] std::size_t bodies_waiting() const {
        return static_cast<std::size_t>(std::ranges::count(untold_, false, &Body::is_taken));
    }

    void handle_stream_opened(Instant now, StreamId stream) override {
        if (stream == stream_) heard(now);
    }
    void handle_stream_data(Instant now, StreamId stream, ByteView bytes) override {
        if (stream != stream_) return;
        heard(now);
        reader_.append(bytes);
        while (stream_ == stream) {
            const auto message = reader_.poll();
            if (!message) break;
            if (message->kind == StreamMessage::Kind::kClose) {
                closes.push_back(message->code);
            } else if (message->kind == StreamMessage::Kind::kPing) {
                host().streams().write(stream, write_stream_message({.kind = StreamMessage::Kind::kPong}));
            } else {
                take(now, Json::parse(message->text));
            }
        }
    }
    void handle_stream_closed(Instant now, StreamId stream) override {
        if (stream == stream_) lose(now, delay_of_attempt());
    }
    void handle_timeout(Instant now) override {
        if (connect_at_ && now >= *connect_at_) connect(now);
        if (resend_at_ && now >= *resend_at_ && is_welcome_) say_bodies(false);
        if (give_up_at_ && now >= *give_up_at_) {
            host().streams().reset(*stream_);
            return lose(now, delay_of_attempt());
        }
        if (ping_at_ && now >= *ping_at_) {
            ping_at_.reset();
            give_up_at_ = now + std::chrono::seconds(8);
            if (is_welcome_) ping();
        }
    }
    [[nodiscard]] std::optional<Instant> poll_timeout() const override {
        std::optional<Instant> next;
        for (const auto& at : {connect_at_, ping_at_, give_up_at_, is_welcome_ ? resend_at_ : std::nullopt})
            if (at && (!next || *at < *next)) next = at;
        return next;
    }
    /// The other network is asked at once.
    void handle_addresses_changed(Instant now) override {
        attempts_ = 0;
        if (!stream_) connect_at_ = now;
    }

private:
    struct Body {
        std::uint64_t id = 0;
        std::string body{};
        bool is_said = false;  // on this connection
        bool is_taken = false; // by the server
    };

    static crypto::P256Signer new_signer(Rng& rng) {
        while (true) {
            if (auto signer = crypto::P256Signer::from_private_key(rng.bytes<crypto::kP256PrivateKeySize>()))
                return std::move(*signer);
        }
    }

    // ---- connections

    [[nodiscard]] Duration delay_of_attempt() {
        constexpr std::array<std::int64_t, 6> kMilliseconds{0, 300, 1200, 2700, 4800, 7000};
        const std::int64_t delay = kMilliseconds.at(std::min(attempts_, kMilliseconds.size() - 1));
        return std::chrono::milliseconds(delay + static_cast<std::int64_t>(rng_.below(1000)));
    }
    void connect(Instant now) {
        connect_at_.reset();
        ++attempts_;
        for (const SocketAddress& server : place_.addresses) {
            const auto own = host().address(server.ip.family());
            stream_ = own ? host().streams().connect(*own, server, *this) : std::nullopt;
            if (!stream_) continue;
            reader_ = MessageReader();
            give_up_at_ = now + std::chrono::seconds(10);
            return;
        }
        lose(now, delay_of_attempt());
    }
    void lose(Instant now, Duration after) {
        stream_.reset();
        is_welcome_ = false;
        ping_at_.reset();
        give_up_at_.reset();
        connect_at_ = now + after;
        for (Body& body : untold_)
            body.is_said = false;
        reschedule();
    }
    void heard(Instant now) {
        ping_at_ = now + std::chrono::milliseconds(16'000 + rng_.below(4000));
        give_up_at_.reset();
    }
    void say(const Json& message) {
        if (stream_) host().streams().write(*stream_, write_stream_text(message.dump()));
    }
    [[nodiscard]] Json have() const {
        if (!is_accepted_) return nullptr;
        return {{"epoch", heard_epoch_}, {"seq", heard_}};
    }
    void ping() { say({{"type", "ping"}, {"have", have()}}); }

    // ---- what the server says

    void take(Instant now, const Json& message) {
        const std::string type = message.at("type");
        if (type == "challenge") return greet(message.at("nonce"));
        if (type == "welcome") return begin(message);
        if (type == "token") token_ = message.at("resume");
        if (type == "matched" || type == "joined") {
            call_ = message.at("call");
            is_a_ = message.at("role") == "a";
            say({{"type", "accept"}, {"call", call_}, {"intro", ""}});
        }
        if (type == "accepted" && !is_accepted_) {
            is_accepted_ = true;
            heard_epoch_ = epoch_;
            heard_ = 0;
            when_accepted({is_a_, message.at("ice_servers")});
            say_bodies(false);
        }
        if (type == "relay") hear_body(message);
        if (type == "ack") {
            for (Body& body : untold_)
                if (body.id == message.at("id")) body.is_taken = true;
        }
        if (type == "left") end(message.at("reason"));
        if (type == "error") be_refused(now, message);
    }
    void greet(const std::string& nonce) {
        Json hello = {{"type", "hello"}, {"version", 1}, {"key", base64url_encode(signer_.public_key())}};
        if (!token_.empty()) {
            hello["resume"] = token_;
            hello["proof"] = base64url_encode(signer_.sign(proof_input(nonce)));
            hello["have"] = have();
        }
        say(hello);
    }
    [[nodiscard]] ByteBuffer proof_input(const std::string& nonce) const {
        const std::string zero(1, '\0');
        const std::string text = "visavis/1 resume" + zero + place_.authority + zero;
        const auto raw = base64url_decode(nonce).value();
        const auto token = crypto::sha256(as_bytes(token_));
        ByteBuffer bytes(text.begin(), text.end());
        bytes.insert(bytes.end(), raw.begin(), raw.end());
        bytes.insert(bytes.end(), token.begin(), token.end());
        return bytes;
    }
    void begin(const Json& welcome) {
        is_welcome_ = true;
        attempts_ = 0;
        token_ = welcome.at("resume");
        welcomes.push_back(welcome.at("resumed"));
        const bool is_new_epoch = welcome.at("epoch") != epoch_;
        const bool has_call = !welcome.at("call").is_null();
        epoch_ = welcome.at("epoch");
        if (!has_call) {
            if (!is_accepted_) call_.clear();
            if (call_.empty()) say(wish_);
        } else {
            EXPECT_EQ(welcome.at("call").at("call"), call_);
        }
        ping(); // a message, with which the token before is over
        if (is_accepted_ && has_call) say_bodies(is_new_epoch);
    }
    // all: the server knows nothing of what the one before it took.
    void say_bodies(bool all) {
        resend_at_.reset();
        if (left) return; // there is nobody to tell it to, and who goes on is closed on
        for (Body& body : untold_) {
            if (all) body.is_taken = false;
            if (body.is_taken || body.is_said) continue;
            body.is_said = true;
            say({{"type", "relay"}, {"call", call_}, {"id", body.id}, {"body", body.body}});
        }
    }
    void hear_body(const Json& message) {
        if (message.at("call") != call_) return;
        heard_epoch_ = message.at("epoch");
        heard_ = message.at("seq");
        const std::uint64_t id = message.at("id");
        if (id <= last_heard_id_) return; // said again after a restart of the server
        EXPECT_EQ(id, last_heard_id_ + 1) << "a body was lost";
        last_heard_id_ = id;
        if (heard_ % 16 == 0) ping();
        when_told(message.at("body"));
    }
    void end(const std::string& reason) {
        if (is_accepted_) {
            left = reason;
            return;
        }
        call_.clear();
        const bool is_in_line = reason == "not_met" && wish_.at("type") == "seek";
        if (!is_in_line) say(wish_);
    }
    void be_refused(Instant now, const Json& error) {
        const std::string code = error.at("code");
        errors.push_back(code);
        if (code == "resume_refused") {
            token_.clear();
            if (is_accepted_ && !left) left = code;
        }
        if (!error.contains("about") || error.at("about") != "relay") return;
        for (Body& body : untold_)
            body.is_said = false;
        resend_at_ = now + std::chrono::seconds(1);
    }

    Place place_;
    Json wish_;
    SeededRng rng_;
    crypto::P256Signer signer_;
    // the connection
    std::optional<StreamId> stream_;
    MessageReader reader_;
    std::size_t attempts_ = 0;
    std::optional<Instant> connect_at_;
    std::optional<Instant> ping_at_;
    std::optional<Instant> give_up_at_;
    bool is_welcome_ = false;
    // the session
    std::string token_;
    std::string epoch_;
    // the call
    std::string call_;
    bool is_a_ = false;
    bool is_accepted_ = false;
    std::deque<Body> untold_; // all that were told; a call has some dozens
    std::optional<Instant> resend_at_;
    std::uint64_t last_id_ = 0;
    std::uint64_t last_heard_id_ = 0;
    std::string heard_epoch_;
    std::uint64_t heard_ = 0;
};

} // namespace vv::sim
