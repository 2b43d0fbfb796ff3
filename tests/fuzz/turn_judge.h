// The relay machine between clients, peers and a driver: each thing that goes in
// is held against what comes out and what the model says may.
#pragma once

#include "base/rng.h"
#include "turn/server.h"
#include "turn_parties.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vv::fuzz {

using stun::AttributeType;
using stun::MessageClass;
using stun::Method;

class Judge {
public:
    Judge() {
        for (std::size_t i = 0; i < kSeats.size(); ++i)
            clients_.emplace_back(i, wall_);
    }

    void expect_nothing_left() {
        answer_openings(true);
        pass(std::chrono::hours(24));
        pass(turn::kForgettingInterval); // those that have just ended are forgotten as well
        VV_ASSERT(server_.is_empty() && live() == 0);
        VV_ASSERT(server_.counters().allocations_live == 0 && !server_.poll_timeout() && !server_.poll_command());
        const turn::Counters& counters = server_.counters();
        reach(kHeldMedia, counters.dropped_no_consent > 0);
        reach(kManyChecks, counters.dropped_checks > 0);
        reach(kQuota, counters.error_486 > 0);
        reach(kRate, counters.dropped_rate > 0);
        reach(kStaleNonce, counters.error_438 > 0);
        reach(kTooOften, counters.made_too_often > 0);
        reach(kNamelessAll, counters.nameless_reached > 0);
    }

protected:
    // Two ports at one address, another address and family; then the clients' relayed addresses; then addresses
    // nobody may be relayed to; then many others.
    SocketAddress peer_at(std::uint8_t number) {
        static const std::array kFixed{at("8.8.8.8:1000"), at("8.8.8.8:2000"), at("9.9.9.9:1000"),
                                       at("[2606:4700::1]:1000")};
        static const std::array kRefused{at("10.0.0.1:1000"), at("11.0.0.1:3478"), at("127.0.0.1:1000"),
                                         at("[fc00::1]:1000")};
        if (number < kFixed.size()) return kFixed.at(number);
        if (number < 12) {
            const Client& client = clients_[number - kFixed.size()];
            const auto& sockets = client.model.sockets;
            return sockets.empty() ? SocketAddress{kRelay4, 50'040} : relayed(*sockets.begin(), client.told);
        }
        if (number < 16) return kRefused.at(number - 12U);
        return {IpAddress::v4(0x0E000000U + number), 1000};
    }

    static SocketAddress relayed(const turn::RelaySocket& socket, const IpAddress& told) {
        return {socket.family == AddressFamily::kIpv4 ? told : kRelay6, socket.port.value()};
    }

    /// Told now, or at most so long ago that an allocation may be left which was told it.
    [[nodiscard]] bool is_own(const IpAddress& ip) const {
        if (ip == kRelay6 || ip == settings_.told()) return true;
        return former_until_ && ip == (settings_.tells_other_address ? kRelay4 : kOtherRelay4) && now_ < *former_until_;
    }

    void reload(const Settings& settings) {
        if (settings.tells_other_address != settings_.tells_other_address) former_until_ = now_ + kLimits.life_max;
        settings_ = settings;
        server_.reconfigure(now_, config(settings_));
        run_commands(nullptr);
        for (Client& client : clients_)
            client.model.revoke([this](const IpAddress& ip) { return is_denied(ip); });
    }
    [[nodiscard]] bool is_denied(const IpAddress& ip) const {
        return std::ranges::any_of(settings_.denied(), [&](const IpPrefix& block) { return block.contains(ip); });
    }

    void pass(std::chrono::seconds time) {
        now_ += time;
        wall_ += time;
        server_.handle_timeout(now_);
        run_commands(nullptr);
    }

    // ---- what goes in and what must then be true

    turn::Action input(const turn::FiveTuple& path, ByteView bytes) {
        return server_.handle_client_input(now_, wall_, path, bytes);
    }

    void handle(Client& client, ByteView bytes) {
        turn::Counters before = server_.counters();
        const auto wanted = destination(client, bytes);
        const turn::Action action = input(client.path, bytes);
        turn::Counters after = server_.counters();
        const auto passed = [&](turn::Counters& counters) {
            return counters.of(client.path.transport).packets_to_peers;
        };
        const bool has_passed = passed(after) > passed(before);
        const bool is_short = after.packets_hairpinned > before.packets_hairpinned;
        if (has_passed) {
            VV_ASSERT(wanted.has_value() && !is_denied(wanted->first.ip));
            const bool open = client.model.is_open_to(now_, wanted->first);
            client.model.expect_may_send(now_, wanted->first, wanted->second, kLimits);
            reach(kOpenPeers, client.model.open_peers() == turn::kOpenPeersMax);
            reach(kGatedMedia, open && !wanted->second.empty() && wanted->second[0] >= 128);
            client.sent[wanted->first] = {wanted->second.begin(), wanted->second.end()};
            note_check(client.checked, wanted->first, wanted->second);
        }
        reach(kClosedBytes, after.dropped_checks > before.dropped_checks && wanted && wanted->second.size() > 8'000);
        if (const auto* to_peer = std::get_if<turn::ForwardToPeer>(&action)) {
            VV_ASSERT(has_passed && !is_short);
            VV_ASSERT(client.model.sockets.contains(to_peer->from));
            const SocketAddress& to = to_peer->to.value();
            VV_ASSERT(to == wanted->first && !is_own(to.ip) && to.ip != kRelay4);
            VV_ASSERT(std::ranges::equal(to_peer->payload, wanted->second));
        } else if (const auto* to_relay = std::get_if<turn::ForwardToRelay>(&action)) {
            VV_ASSERT(has_passed && is_short);
            expect_elsewhere(client, *wanted, *to_relay);
        } else if (is_short) {
            expect_hairpin(client, *wanted, action);
        } else if (const auto* reply = std::get_if<turn::Reply>(&action)) {
            note_reply(client, bytes, reply->bytes);
        } else {
            VV_ASSERT(std::holds_alternative<turn::Ignore>(action));
        }
        run_commands(&client, bytes);
    }

    // To an allocation of another thread, and only to one that there is.
    void expect_elsewhere(const Client& sender, const std::pair<SocketAddress, ByteView>& sent,
                          const turn::ForwardToRelay& out) {
        reach(kElsewhere);
        const turn::RelaySocket target{sent.first.ip.family(), RelayPort(sent.first.port)};
        VV_ASSERT(is_own(sent.first.ip) && is_live_elsewhere(target));
        VV_ASSERT(out.to == target && out.from.family == target.family && sender.model.sockets.contains(out.from));
        VV_ASSERT(std::ranges::equal(out.payload, sent.second));
    }

    // From one allocation to another: as if its own relay socket had heard it.
    void expect_hairpin(Client& sender, const std::pair<SocketAddress, ByteView>& sent, const turn::Action& action) {
        reach(kHairpin);
        const turn::RelaySocket target{sent.first.ip.family(), RelayPort(sent.first.port)};
        Client* receiver = owner(target);
        VV_ASSERT(receiver != nullptr);
        VV_ASSERT(is_own(sent.first.ip));
        reach(kFormerAddress, sent.first.ip.is_v4() && sent.first.ip != settings_.told());
        const auto from = std::ranges::find(sender.model.sockets, target.family, &turn::RelaySocket::family);
        VV_ASSERT(from != sender.model.sockets.end());
        expect_heard_from_relay(*receiver, *from, sent.second, action);
    }

    // The receiver may know the sender by either address, and by each only if it has let it in.
    void expect_heard_from_relay(Client& receiver, const turn::RelaySocket& sender, ByteView payload,
                                 const turn::Action& action) {
        const SocketAddress told = relayed(sender, kRelay4);
        const SocketAddress other = relayed(sender, kOtherRelay4);
        const auto* heard = std::get_if<turn::ForwardToClient>(&action);
        const SocketAddress named = heard != nullptr ? peer_named(receiver, *heard).value() : told;
        VV_ASSERT(named == told || named == other);
        if (told != other) receiver.model.hear(now_, named == told ? other : told, payload);
        if (told != other) note_check(receiver.heard, named == told ? other : told, payload);
        expect_heard(receiver, named, payload, action);
    }

    // Whom an indication or a channel says that its payload is from.
    std::optional<SocketAddress> peer_named(const Client& client, const turn::ForwardToClient& heard) const {
        const ByteView header = heard.header.view();
        if (turn::looks_like_channel_data(header[0], turn::kChannelLast)) {
            return client.model.peer_of(now_, static_cast<std::uint16_t>((unsigned{header[0]} << 8U) | header[1]));
        }
        ByteBuffer whole(header.begin(), header.end());
        whole.insert(whole.end(), heard.payload.begin(), heard.payload.end());
        whole.insert(whole.end(), heard.padding.begin(), heard.padding.end());
        const auto message = stun::parse_message(whole);
        VV_ASSERT(message.has_value());
        return stun::parse_xor_address(message->find(AttributeType::kXorPeerAddress).value(),
                                       message->transaction_id());
    }

    void hear(Client& client, const SocketAddress& peer, ByteView payload) {
        const auto socket = std::ranges::find(client.model.sockets, peer.ip.family(), &turn::RelaySocket::family);
        if (socket == client.model.sockets.end()) return;
        // From there only what our own allocations send; those of other threads come by where they are bound.
        const turn::RelaySocket sender{peer.ip.family(), RelayPort(peer.port)};
        const bool is_elsewhere = (peer.ip == kRelay4 || peer.ip == kRelay6) && is_live_elsewhere(sender);
        if (!is_elsewhere && (peer.ip == kRelay4 || peer.ip == kOtherRelay4 || peer.ip == kRelay6)) return;
        const turn::Action action = server_.handle_peer_input(now_, *socket, PeerAddress(peer), payload);
        if (is_elsewhere) {
            reach(kFromElsewhere, !std::holds_alternative<turn::Ignore>(action));
            expect_heard_from_relay(client, sender, payload, action);
        } else {
            expect_heard(client, peer, payload, action);
        }
        run_commands(nullptr);
    }

    void expect_heard(Client& client, const SocketAddress& peer, ByteView payload, const turn::Action& action) {
        client.model.hear(now_, peer, payload);
        note_check(client.heard, peer, payload);
        if (std::holds_alternative<turn::Ignore>(action)) return;
        const auto* to_client = std::get_if<turn::ForwardToClient>(&action);
        VV_ASSERT(to_client != nullptr && to_client->to == client.path);
        VV_ASSERT(std::ranges::equal(to_client->payload, payload));
        client.model.expect_may_receive(now_, peer, payload.size(), kLimits);
        ByteBuffer whole(to_client->header.view().begin(), to_client->header.view().end());
        whole.insert(whole.end(), payload.begin(), payload.end());
        whole.insert(whole.end(), to_client->padding.begin(), to_client->padding.end());
        turn::StreamFramer framer;
        ByteView input(whole);
        if (turn::is_stream(client.seat.transport)) VV_ASSERT(framer.poll_frame(input).value() && input.empty());
    }

    // What a later answer will have to repeat.
    static void note_check(std::map<SocketAddress, stun::TransactionId>& checks, const SocketAddress& peer,
                           ByteView payload) {
        const auto message = stun::parse_message(payload);
        if (message && message->message_class() == MessageClass::kRequest) checks[peer] = message->transaction_id();
    }

    // What the client's bytes ask to be sent, by its own account of its channels.
    std::optional<std::pair<SocketAddress, ByteView>> destination(Client& client, ByteView bytes) const {
        if (const auto data = turn::parse_channel_data(bytes, turn::kChannelLast)) {
            const auto peer = client.model.peer_of(now_, data->channel.value());
            return peer ? std::optional(std::pair(*peer, data->payload)) : std::nullopt;
        }
        const auto message = stun::parse_message(bytes);
        if (!message || message->method() != Method::kSend) return std::nullopt;
        const auto value = message->find(AttributeType::kXorPeerAddress);
        const auto data = message->find(AttributeType::kData);
        const auto peer = value ? stun::parse_xor_address(*value, message->transaction_id()) : std::nullopt;
        return peer && data ? std::optional(std::pair(*peer, *data)) : std::nullopt;
    }

    // ---- answers

    [[nodiscard]] bool is_taken_out(const Client& client) const {
        switch (client.seat.whose) {
        case Whose::kLenientSecret:
        case Whose::kNameless:
            return !settings_.has_lenient;
        case Whose::kGatedSecret:
            return !settings_.has_gated;
        case Whose::kUser:
            return !settings_.has_user;
        case Whose::kNobody:
            break;
        }
        return false;
    }

    static bool is_turn(const stun::Message& message) { return message.method() != Method::kBinding; }

    void note_reply(Client& client, ByteView request, ByteView reply) {
        const auto asked = stun::parse_message(request);
        VV_ASSERT(asked && stun::parse_message(reply));
        const stun::Message answer = *stun::parse_message(reply);
        VV_ASSERT(answer.transaction_id() == asked->transaction_id());
        if (!is_turn(answer) || !is_authentic(client.path, request)) {
            expect_as_to_stranger(client.path, request, turn::Reply{reply});
        }
        note_nonce(client.path, answer);
        if (const auto nonce = answer.find(AttributeType::kNonce)) client.signer.nonce = as_text(*nonce);
        if (answer.message_class() == MessageClass::kSuccess) {
            note_success(client, *asked, answer);
            reach(kOutlivesLogin, is_turn(answer) && is_taken_out(client));
        }
        const auto error = answer.find(AttributeType::kErrorCode);
        const bool is_full = error && stun::parse_error_code(*error)->code == 508 && live() == kQuotas.total;
        reach(kTotal, is_full && answer.method() == Method::kAllocate);
        const bool is_over = error && stun::parse_error_code(*error)->code == 486;
        const auto is_nameless = [](const Seat& seat) { return seat.whose == Whose::kNameless; };
        const auto is_alike = [&](const Seat& seat) { return is_nameless(seat) && seat.leg == client.seat.leg; };
        reach(kNamelessPart, is_over && live(is_nameless) < kQuotas.nameless && live(is_alike) == kNamelessShare);
    }

    // No success and no refusal that tells anything; no lever for forged sources.
    void expect_as_to_stranger(const turn::FiveTuple& path, ByteView request, const turn::Action& action) {
        const auto* reply = std::get_if<turn::Reply>(&action);
        VV_ASSERT(reply != nullptr || std::holds_alternative<turn::Ignore>(action));
        if (reply == nullptr) return;
        const auto answer = stun::parse_message(reply->bytes);
        VV_ASSERT(answer.has_value());
        const std::size_t tenths = reply->bytes.size() * 10;
        if (!is_turn(*answer)) {
            VV_ASSERT(tenths <= request.size() * (path.client.value().ip.is_v4() ? 16 : 22));
            return;
        }
        VV_ASSERT(turn::is_stream(path.transport) || tenths <= request.size() * 30);
        const auto error = answer->find(AttributeType::kErrorCode);
        VV_ASSERT(answer->message_class() == MessageClass::kError && error.has_value());
        const int code = stun::parse_error_code(*error)->code;
        VV_ASSERT(code == 400 || code == 401 || code == 438);
    }

    void note_nonce(const turn::FiveTuple& path, const stun::Message& answer) {
        if (const auto nonce = answer.find(AttributeType::kNonce)) {
            issued_[{path.client.value(), std::string(as_text(*nonce))}] = now_;
        }
    }

    void note_success(Client& client, const stun::Message& asked, const stun::Message& answer) {
        auto attributes = asked.attributes();
        while (const auto attribute = attributes.next()) {
            if (asked.method() != Method::kCreatePermission || attribute->type != AttributeType::kXorPeerAddress) {
                continue;
            }
            const IpAddress peer = stun::parse_xor_address(attribute->value, asked.transaction_id())->ip;
            VV_ASSERT(!is_denied(peer));
            client.model.permit(now_, peer);
        }
        if (asked.method() == Method::kChannelBind) {
            const auto peer =
                stun::parse_xor_address(asked.find(AttributeType::kXorPeerAddress).value(), asked.transaction_id());
            const auto channel = stun::parse_u16_padded(asked.find(AttributeType::kChannelNumber).value());
            VV_ASSERT(peer && channel && !is_denied(peer->ip));
            client.model.bind(now_, *channel, *peer);
        }
        // Of two families the other may have longer: one was refreshed alone, or the first answer is repeated.
        const bool keeps_more =
            answer.method() == Method::kAllocate || asked.has(AttributeType::kRequestedAddressFamily);
        note_lifetime(client, answer, keeps_more);
    }

    void note_lifetime(Client& client, const stun::Message& answer, bool keeps_more) {
        const auto value = answer.find(AttributeType::kLifetime);
        const auto seconds = value ? stun::parse_u32(*value) : std::nullopt;
        if (!seconds || *seconds == 0) return; // what has ended is seen by its sockets
        const Instant until = now_ + std::chrono::seconds(*seconds);
        client.model.until = keeps_more ? std::max(client.model.until, until) : until;
    }

    // Whether this request repeats a nonce that was sent to where it comes from, within the nonce's time.
    [[nodiscard]] bool repeats_nonce(const turn::FiveTuple& path, const stun::Message& request) const {
        const auto nonce = request.find(AttributeType::kNonce);
        if (!nonce) return false;
        const auto issued = issued_.find({path.client.value(), std::string(as_text(*nonce))});
        return issued != issued_.end() &&
               now_ - issued->second <= turn::ServerConfig{}.nonce_lifetime + std::chrono::seconds(1);
    }

    // Whether the sender has proved a password of ours, by a nonce it was given within its time.
    [[nodiscard]] bool is_authentic(const turn::FiveTuple& path, ByteView bytes) const {
        return proved_name(path, bytes).has_value();
    }

    // The name whose password was proved.
    [[nodiscard]] std::optional<std::string> proved_name(const turn::FiveTuple& path, ByteView bytes) const {
        const auto message = stun::parse_message(bytes);
        if (!message || message->message_class() != MessageClass::kRequest) return std::nullopt;
        if (!repeats_nonce(path, *message)) return std::nullopt;
        for (const auto& [name, password] : logins_of(path, *message)) {
            for (const auto hash : {turn::PasswordHash::kMd5, turn::PasswordHash::kSha256}) {
                const turn::LongTermKey key(hash, name, kRealm, password);
                if (message->integrity_sha256_offset() ? stun::verify_message_integrity_sha256(*message, key.view())
                                                       : stun::verify_message_integrity(*message, key.view())) {
                    return name;
                }
            }
        }
        return std::nullopt;
    }

    // A name that begins with the second at which it ends, and has not ended; a user's has no end.
    [[nodiscard]] bool is_in_time(const std::string& name) const {
        const auto ends = std::chrono::seconds(std::strtoll(name.c_str(), nullptr, 10));
        return name == kUserName || ends > wall_.time_since_epoch();
    }

    // Those there are, and on the path of an allocation the one it was made with.
    std::vector<turn::RestCredential> logins_of(const turn::FiveTuple& path, const stun::Message& message) const {
        const auto asker = std::ranges::find(clients_, path, &Client::path);
        const bool stands = asker != clients_.end() && !asker->model.sockets.empty();
        const auto is_good = [&](bool is_there, const std::string& name) {
            return is_there || (stands && name == asker->model.name);
        };
        std::vector<std::string> names{std::string(kUserName)};
        for (const Client& client : clients_)
            names.push_back(client.signer.credential().username);
        if (const auto name = message.find(AttributeType::kUsername)) names = {std::string(as_text(*name))};
        std::vector<turn::RestCredential> logins;
        for (const std::string& name : names) {
            if (name == kUserName) {
                if (is_good(settings_.has_user, name)) logins.push_back({name, std::string(kUserPassword)});
                continue;
            }
            if (is_good(settings_.has_lenient, name)) logins.push_back({name, turn::rest_password(kLenient, name)});
            if (is_good(settings_.has_gated, name)) logins.push_back({name, turn::rest_password(kGated, name)});
        }
        return logins;
    }

    // ---- commands

    Client* owner(const turn::RelaySocket& socket) {
        const auto found =
            std::ranges::find_if(clients_, [&](const Client& c) { return c.model.sockets.contains(socket); });
        return found != clients_.end() ? &*found : nullptr;
    }

    // client: whose doing this is, by these bytes; none where the driver's answer comes late.
    void run_commands(Client* client, ByteView bytes = {}) {
        while (const auto command = server_.poll_command()) {
            if (const auto* open = std::get_if<turn::OpenRelayPort>(&*command)) {
                VV_ASSERT(client != nullptr && owner(open->relay) == nullptr);
                if (!bytes.empty()) {
                    const auto name = proved_name(client->path, bytes);
                    VV_ASSERT(name && is_in_time(*name));
                    begin(*client, open->relay, bytes);
                    client->model.name = *name;
                } else {
                    begin(*client, open->relay, bytes);
                }
                delayed_.push_back(open->relay);
                if (!delays_ports_) answer_opening(!refuses_ports_);
            } else if (const auto* close = std::get_if<turn::CloseRelayPort>(&*command)) {
                Client* holder = owner(close->relay);
                VV_ASSERT(holder != nullptr);
                holder->model.end(close->relay);
                std::erase(delayed_, close->relay);
            } else if (const auto* refused = std::get_if<turn::AuthRefused>(&*command)) {
                VV_ASSERT(client != nullptr && refused->from == client->path);
                expect_may_be_named(*client, bytes, refused->why);
            } else {
                note_late(std::get<turn::SendToClient>(*command));
            }
        }
    }

    // Who repeats a nonce that was sent to an address can listen there: nobody else must come to stand in a log.
    void expect_may_be_named(const Client& client, ByteView bytes, turn::AuthRefused::Why why) const {
        const auto request = stun::parse_message(bytes);
        VV_ASSERT(request && repeats_nonce(client.path, *request));
        const auto name = proved_name(client.path, bytes);
        // The other way round does not hold: a right password by another hash than the request names is a wrong one.
        VV_ASSERT(why != turn::AuthRefused::Why::kExpired || (name && !is_in_time(*name)));
        VV_ASSERT(why != turn::AuthRefused::Why::kNameless || (name && name->find(':') == std::string::npos));
        reach(kWrongPassword, why == turn::AuthRefused::Why::kPassword);
        reach(kRetired, is_taken_out(client));
    }

    // bytes: the request; none where another port is tried for it.
    void begin(Client& client, const turn::RelaySocket& socket, ByteView bytes) {
        if (client.model.sockets.empty()) {
            const Instant until = bytes.empty() ? client.model.until : now_ + asked_lifetime(bytes);
            UserModel& user =
                users_.try_emplace({client.seat.whose, client.seat.leg}, kLimits, share_of(client.seat)).first->second;
            const std::string name = client.model.name;
            client.model.begin(until, client.seat.whose == Whose::kGatedSecret, user);
            client.model.name = name; // of the same request, where another port is tried
            if (!bytes.empty()) user.expect_may_allocate(now_);
        }
        VV_ASSERT(client.seat.whose != Whose::kNobody);
        client.model.sockets.insert(socket);
        VV_ASSERT(client.model.sockets.size() <= 2);
        reach(kDual, client.model.sockets.size() == 2);
    }

    // RFC 8656 §7.2: at least the default, at most the server's own limit.
    static std::chrono::seconds asked_lifetime(ByteView request) {
        const auto message = stun::parse_message(request);
        const auto value = message.value().find(AttributeType::kLifetime);
        const auto seconds = value ? stun::parse_u32(*value) : std::nullopt;
        return std::clamp(std::chrono::seconds(seconds.value_or(0)), turn::kLifetimeDefault, turn::kLifetimeMax);
    }

    // The oldest of those the driver owes an answer.
    void answer_opening(bool opened) {
        const turn::RelaySocket socket = delayed_.front();
        delayed_.erase(delayed_.begin());
        Client* client = owner(socket);
        VV_ASSERT(client != nullptr);
        if (opened) {
            server_.handle_relay_port_opened(now_, socket);
        } else {
            client->model.sockets.erase(socket);
            server_.handle_relay_port_failed(now_, socket);
        }
        run_commands(client);
    }

    void answer_openings(bool opened) {
        while (!delayed_.empty())
            answer_opening(opened);
    }

    void note_late(const turn::SendToClient& sent) {
        const auto answer = stun::parse_message(sent.bytes);
        VV_ASSERT(answer && answer->method() == Method::kAllocate);
        const auto client = std::ranges::find(clients_, sent.to, &Client::path);
        VV_ASSERT(client != clients_.end());
        if (answer->message_class() != MessageClass::kSuccess) return;
        VV_ASSERT(!client->model.sockets.empty());
        client->told = settings_.told();
        reach(kUdpAllocation + static_cast<std::size_t>(client->seat.transport));
        if (const auto token = answer->find(AttributeType::kReservationToken)) {
            token_.assign(token->begin(), token->end());
            // RFC 8656 §7.2: the one after the even port of the same family.
            const turn::RelaySocket& even = *client->model.sockets.begin();
            reserved_ = {even.family, RelayPort(static_cast<std::uint16_t>(even.port.value() + 1))};
        }
        const Instant asked_until = client->model.until;
        note_lifetime(*client, *answer, false);
        VV_ASSERT(client->model.until <= asked_until);
    }

    // ---- quotas and what else always holds

    template <typename IsMeant>
    [[nodiscard]] std::size_t live(const IsMeant& is_meant) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            clients_, [&](const Client& client) { return !client.model.sockets.empty() && is_meant(client.seat); }));
    }
    [[nodiscard]] std::size_t live() const {
        return live([](const Seat&) { return true; });
    }

    static std::size_t share_of(const Seat& seat) {
        return seat.whose == Whose::kNameless ? kNamelessShare : kQuotas.per_user;
    }

    void expect_consistent() {
        std::map<std::pair<Whose, std::string_view>, std::size_t> users;
        std::map<IpAddress, std::size_t> sources;
        std::size_t nameless = 0;
        for (const Client& client : clients_) {
            client.model.expect_bounded(now_);
            if (client.model.sockets.empty()) continue;
            const std::size_t of_user = ++users[std::pair(client.seat.whose, client.seat.leg)];
            const std::size_t of_source = ++sources[address_block(client.path.client.value().ip)];
            VV_ASSERT(of_user <= share_of(client.seat) && of_source <= kQuotas.per_source);
            if (client.seat.whose == Whose::kNameless) ++nameless;
        }
        VV_ASSERT(nameless <= kQuotas.nameless);
        VV_ASSERT(live() <= kQuotas.total && live() == server_.counters().allocations_live);
        VV_ASSERT(!server_.poll_timeout() || *server_.poll_timeout() > now_);
    }

    // NOLINTBEGIN(cppcoreguidelines-non-private-member-variables-in-classes)
    Instant now_{std::chrono::hours(1)};
    WallTime wall_{std::chrono::seconds(1'800'000'000)};
    SeededRng rng_{42};
    turn::Server server_{config(), rng_};
    Settings settings_;
    std::optional<Instant> former_until_; // the address that is not told now
    std::map<std::pair<Whose, std::string_view>, UserModel> users_;
    std::deque<Client> clients_;
    std::size_t current_ = 0;
    std::map<std::pair<SocketAddress, std::string>, Instant> issued_; // nonces
    std::vector<turn::RelaySocket> delayed_;                          // asked for and not answered yet
    ByteBuffer token_;
    turn::RelaySocket reserved_; // with the token
    bool refuses_ports_ = false;
    bool delays_ports_ = false;
};

} // namespace vv::fuzz
