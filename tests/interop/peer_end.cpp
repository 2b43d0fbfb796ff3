// Our peer as one of the ends that ends.mjs joins: asked in lines of JSON on standard input, it says what it has to
// say in others. It sends a recording over and over, and keeps what it receives as files.
//
//   visavis_peer_end PICTURES.ivf SOUND.ogg
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/ice_servers.h"
#include "net/os_rng.h"
#include "net/peer_host.h"
#include "rtp/ivf.h"
#include "rtp/ogg_opus.h"
#include "rtp/opus.h"
#include "rtp/player.h"
#include "rtp/recording.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vv {
namespace {

using Json = nlohmann::json;

// Of sound, where no other is asked for: the processors have much to do beside this.
constexpr std::chrono::milliseconds kAudioDelay{200};
// A sender that begins its times anew has lost nothing.
constexpr std::int64_t kGapMax = std::int64_t{10} * rtp::kOpusClockRate;

void say(const Json& line) {
    std::cout << line.dump() << '\n' << std::flush;
}

ByteBuffer read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, ByteView bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

rtp::Recording recording_in(ByteView file) {
    auto recording = rtp::read_recording(file);
    if (!recording) throw std::runtime_error("what is to be played " + std::string(rtp::name_of(recording.error())));
    return *std::move(recording);
}

// Plays a recording over and over, each packet when it is due.
class Playing final : private net::TimerHandler {
public:
    using Send = std::function<void(std::uint32_t time, ByteView packet)>;

    Playing(net::EventLoop& loop, const rtp::Recording& recording, Send send)
        : loop_(loop),
          player_(recording),
          send_(std::move(send)),
          timer_(loop.timers(), *this) {}

    void start() {
        if (timer_.is_armed()) return;
        player_.start(loop_.now());
        timer_.arm(loop_.now());
    }

private:
    void handle_timeout(net::Timer& /*timer*/, Instant now) override {
        while (const auto due = player_.poll(now))
            send_(due->media_time, due->bytes);
        if (const auto next = player_.poll_timeout()) timer_.arm(*next);
    }

    net::EventLoop& loop_;
    rtp::Player player_;
    Send send_;
    net::Timer timer_;
};

class End {
public:
    End(net::EventLoop& loop, ByteView pictures, ByteView sound)
        : loop_(loop),
          pictures_(recording_in(pictures)),
          sound_(recording_in(sound)),
          certificate_(dtls::Certificate::make(net::wall_now())) {}

    Json ask(const std::string& method, const Json& argument) {
        if (method == "begin") return begin(argument);
        if (!host_) throw std::runtime_error("it has not begun");
        Json result = answer(method, argument);
        if (host_) host_->flush();
        return result;
    }

private:
    [[nodiscard]] peer::PeerConnection& connection() { return host_->connection(); }
    [[nodiscard]] Instant now() const { return loop_.now(); }

    Json begin(const Json& argument) {
        net::PeerHost::Options options;
        options.connection.audio_delay =
            std::chrono::milliseconds(argument.value("audioDelay", std::int64_t{kAudioDelay.count()}));
        options.is_relay_only = argument.value("relayOnly", false);
        for (const Json& server : argument.value("iceServers", Json::array()))
            add_server(options, server);
        for (const Json& kind : argument.value("send", Json::array()))
            (kind == "audio" ? sends_sound_ : sends_pictures_) = true;
        record(argument.value("record", std::string()));
        host_ = std::make_unique<net::PeerHost>(loop_, std::move(options), certificate_, rng_,
                                                [this](const peer::Event& event) { tell(event); });
        want();
        host_->start();
        return nullptr;
    }

    // From here on into this file and its sister; none: nothing is kept.
    void record(const std::string& path) {
        record_ = path;
        ogg_.reset();
        ivf_.reset();
        heard_.clear();
        seen_.clear();
    }

    // {urls: "turn:192.0.2.1:3478?transport=tcp"}, with the certificates to trust over TLS in `trust`; STUN servers by
    // address alone.
    static void add_server(net::PeerHost::Options& options, const Json& server) {
        const signal::IceServer told{{server.at("urls").get<std::string>()},
                                     server.value("username", std::string()),
                                     server.value("credential", std::string())};
        for (const net::TurnLogin& login : net::turn_logins({told}, server.value("trust", std::string())))
            options.relays.push_back(login);
        for (const caller::IceUrl& url : net::stun_urls({told})) {
            const auto ip = IpAddress::parse(url.host);
            if (!ip) throw std::runtime_error("not an address: " + url.host);
            options.connection.stun_servers.push_back({*ip, url.port});
        }
    }

    void want() {
        if (sends_sound_) connection().want(peer::MediaKind::kAudio, sdp::Direction::kSendRecv);
        if (sends_pictures_) connection().want(peer::MediaKind::kVideo, sdp::Direction::kSendRecv);
    }

    Json answer(const std::string& method, const Json& argument) {
        if (method == "channel") return open_channel(argument);
        if (method == "offer") return make_offer(argument.value("restart", false));
        if (method == "take") return take(argument);
        if (method == "candidate") return add_candidate(argument);
        if (method == "send") return send(argument);
        if (method == "moved") {
            host_->look_again();
            return nullptr;
        }
        if (method == "record") {
            record(argument.at("record"));
            connection().request_keyframe(now()); // which a file begins with
            return nullptr;
        }
        if (method == "stats") return stats();
        if (method == "close") return close();
        throw std::runtime_error("no such method: " + method);
    }

    Json open_channel(const Json& argument) {
        sctp::ChannelOptions options;
        options.label = argument.at("label");
        options.is_ordered = argument.value("ordered", true);
        if (argument.contains("retransmissions") && !argument["retransmissions"].is_null()) {
            options.retransmissions_max = argument["retransmissions"].get<std::uint16_t>();
        }
        connection().want_data();
        const auto id = connection().open_channel(now(), options);
        if (!id) throw std::runtime_error("the channel cannot be opened");
        labels_[*id] = argument.at("label");
        return nullptr;
    }

    static Json checked(const char* type, const Result<std::string, peer::DescriptionError>& made) {
        if (!made) throw std::runtime_error("no description: " + std::string(made.error().why));
        return {{"type", type}, {"sdp", *made}};
    }

    Json make_offer(bool restarts) {
        return checked("offer",
                       connection().make_offer(now(), restarts ? peer::IceRestart::kYes : peer::IceRestart::kNo));
    }

    Json take(const Json& argument) {
        const std::string sdp = argument.at("sdp");
        if (argument.at("type") == "answer") {
            check(connection().take_answer(now(), sdp));
            return nullptr;
        }
        // What is not sent may be received, and who offers may want channels.
        connection().want_data();
        if (!sends_sound_) connection().want(peer::MediaKind::kAudio, sdp::Direction::kRecvOnly);
        if (!sends_pictures_) connection().want(peer::MediaKind::kVideo, sdp::Direction::kRecvOnly);
        check(connection().take_offer(now(), sdp));
        return checked("answer", connection().make_answer(now()));
    }

    static void check(const Result<void, peer::DescriptionError>& taken) {
        if (taken) return;
        const auto& [why, line] = taken.error();
        throw std::runtime_error("description refused, line " + std::to_string(line) + ": " + std::string(why));
    }

    Json add_candidate(const Json& argument) {
        peer::Candidate candidate{.line = argument.at("candidate")};
        if (argument.contains("ufrag") && argument["ufrag"].is_string()) candidate.ufrag = argument["ufrag"];
        if (argument.contains("mid") && argument["mid"].is_string()) candidate.mid = argument["mid"];
        return connection().add_remote_candidate(now(), candidate);
    }

    Json send(const Json& argument) {
        const std::string label = argument.at("label");
        const auto channel = std::ranges::find(labels_, label, &std::pair<const peer::ChannelId, std::string>::second);
        if (channel == labels_.end()) throw std::runtime_error("no such channel");
        const auto sent = argument.contains("size")
                              ? connection().send(now(), channel->first, sctp::PayloadKind::kBytes,
                                                  ByteBuffer(argument["size"].get<std::size_t>(), 7))
                              : connection().send_text(now(), channel->first, argument.at("text").get<std::string>());
        if (!sent) throw std::runtime_error("not sent: " + std::to_string(static_cast<int>(sent.error())));
        return nullptr;
    }

    Json stats() {
        Json found{{"sent", Json::object()}, {"received", Json::object()}};
        for (const auto& [name, kind] :
             {std::pair{"audio", peer::MediaKind::kAudio}, {"video", peer::MediaKind::kVideo}}) {
            const peer::MediaStats media = connection().stats(kind);
            found["sent"][name] = media.sent.packets;
            found["repeats"][name] = media.sent.repeats;
            found["received"][name] = {{"packets", media.received.packets},   {"lost", media.received.lost},
                                       {"repaired", media.received.repaired}, {"frames", media.received.frames},
                                       {"late", media.received.late},         {"skips", media.received.skips},
                                       {"nacks", media.received.nacks},       {"plis", media.received.plis}};
            if (kind == peer::MediaKind::kVideo) found["frames"] = media.received.frames;
        }
        const ice::Agent& agent = connection().ice();
        found["ice"] = {{"ufrag", agent.local_credentials().ufrag},
                        {"completed", agent.state() == ice::State::kCompleted}};
        if (const auto path = connection().path()) {
            found["pair"] = {{"local", ice::name_of(path->local)}, {"remote", ice::name_of(path->remote)}};
        }
        if (const auto& security = connection().security()) {
            found["cipher"] = security->cipher;
            if (security->srtp) found["srtp"] = static_cast<int>(*security->srtp); // as RFC 5764 and 7714 number them
        }
        return found;
    }

    Json close() {
        connection().close(now());
        host_->flush();
        if (!record_.empty()) {
            if (ogg_) ogg_->finish();
            write_file(record_ + ".ogg", heard_);
            write_file(record_ + ".ivf", seen_);
        }
        return nullptr;
    }

    // ---- what the connection says

    void tell(const peer::Event& event) {
        std::visit([this](const auto& one) { handle(one); }, event);
    }

    void handle(const peer::StateChanged& change) {
        Json line{{"what", "state"}, {"state", peer::name_of(change.state)}};
        if (const auto fault = connection().fault()) line["why"] = peer::name_of(fault->why);
        say(line);
        if (change.state == peer::State::kConnected) start_players();
    }
    static void handle(const peer::Candidate& candidate) {
        if (candidate.line.empty()) return;
        say({{"what", "candidate"},
             {"candidate", candidate.line},
             {"mid", candidate.mid},
             {"line", 0},
             {"ufrag", candidate.ufrag}});
    }
    static void handle(const peer::NameToResolve& /*name*/) {} // the host's
    static void handle(const peer::PathChanged& /*change*/) {}
    static void handle(const peer::Secured& secured) { say({{"what", "secured"}, {"cipher", secured.cipher}}); }
    void handle(const peer::ChannelOpened& opened) {
        if (opened.is_remote) labels_[opened.id] = opened.options.label;
        say({{"what", "open"}, {"label", labels_[opened.id]}});
    }
    void handle(const peer::ChannelMessage& message) {
        Json line{{"what", "message"}, {"label", labels_[message.id]}};
        if (message.kind == sctp::PayloadKind::kText) {
            line["text"] = as_text(message.payload);
        } else {
            line["size"] = message.payload.size();
        }
        say(line);
    }
    static void handle(const peer::ChannelBufferedLow& /*low*/) {}
    void handle(const peer::ChannelClosed& closed) { say({{"what", "closed"}, {"label", labels_[closed.id]}}); }
    static void handle(const peer::ChannelsEnded& /*ended*/) { say({{"what", "channels_ended"}}); }
    void handle(const peer::AudioFrame& frame) {
        if (record_.empty()) return;
        if (!ogg_) {
            ogg_.emplace(heard_, rtp::OpusHead{}, 1);
            heard_until_ = frame.media_time;
        }
        // What was lost is made up, so that the sound keeps its time.
        const std::int64_t missing = std::clamp<std::int64_t>(frame.media_time - heard_until_, 0, kGapMax);
        ogg_->write_gap(static_cast<std::uint32_t>(missing));
        heard_until_ = frame.media_time + rtp::opus_duration(frame.packet).value_or(0);
        (void)ogg_->write(frame.packet); // that it is Opus is known
    }
    void handle(const peer::VideoFrame& frame) {
        if (record_.empty() || (!ivf_ && !frame.head.is_key)) return;
        if (!ivf_) {
            first_picture_ = frame.media_time;
            ivf_.emplace(seen_, rtp::IvfHead{.width = frame.head.width, .height = frame.head.height});
        }
        ivf_->write(static_cast<std::uint64_t>(frame.media_time - first_picture_), frame.picture);
    }
    static void handle(const peer::KeyframeWanted& /*wanted*/) {} // the recording has one twice a second

    void start_players() {
        if (sends_sound_) sound_player_.start();
        if (sends_pictures_) picture_player_.start();
    }

    net::EventLoop& loop_;
    rtp::Recording pictures_;
    rtp::Recording sound_;
    dtls::Certificate certificate_;
    net::OsRng rng_;
    std::unique_ptr<net::PeerHost> host_;
    std::map<peer::ChannelId, std::string> labels_;
    bool sends_sound_ = false;
    bool sends_pictures_ = false;
    std::string record_;
    ByteBuffer heard_;
    ByteBuffer seen_;
    std::optional<rtp::OggOpusWriter> ogg_;
    std::optional<rtp::IvfWriter> ivf_;
    std::int64_t heard_until_ = 0;
    std::int64_t first_picture_ = 0;
    // What cannot be sent now, since the path is away, is not sent.
    Playing sound_player_{loop_, sound_, [this](std::uint32_t time, ByteView packet) {
                              (void)connection().send_audio(now(), time, packet);
                              host_->flush();
                          }};
    Playing picture_player_{loop_, pictures_, [this](std::uint32_t time, ByteView packet) {
                                (void)connection().send_video(now(), time, packet);
                                host_->flush();
                            }};
};

// Standard input, line by line; its end stops the loop.
class Lines final : private net::EventHandler {
public:
    Lines(net::EventLoop& loop, End& end) : loop_(loop), end_(end) {
        if (!loop_.watch(STDIN_FILENO, EPOLLIN, *this)) throw std::runtime_error("standard input cannot be watched");
    }

private:
    void handle_ready(std::uint32_t /*events*/) override {
        std::array<char, 65'536> buffer{};
        const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size <= 0) {
            loop_.unwatch(STDIN_FILENO, *this);
            return loop_.stop();
        }
        text_.append(buffer.data(), static_cast<std::size_t>(size));
        for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
            const std::string line = text_.substr(0, end);
            text_.erase(0, end + 1);
            handle(Json::parse(line));
        }
    }

    void handle(const Json& asked) {
        Json said{{"answers", asked.at("number")}};
        try {
            said["result"] = end_.ask(asked.at("method"), asked.at("argument"));
        } catch (const std::exception& error) {
            said["fault"] = error.what();
        }
        say(said);
    }

    net::EventLoop& loop_;
    End& end_;
    std::string text_;
};

int run(const std::string& pictures, const std::string& sound) {
    net::EventLoop loop;
    loop.run_once({});
    const ByteBuffer seen = read_file(pictures);
    const ByteBuffer heard = read_file(sound);
    End end(loop, seen, heard);
    const Lines lines(loop, end);
    loop.run();
    return 0;
}

} // namespace
} // namespace vv

int main(int count, char** arguments) {
    try {
        if (count != 3) throw std::runtime_error("usage: visavis_peer_end PICTURES.ivf SOUND.ogg");
        return vv::run(arguments[1], arguments[2]);
    } catch (const std::exception& error) {
        std::cerr << "visavis_peer_end: " << error.what() << '\n';
        return 1;
    }
}
