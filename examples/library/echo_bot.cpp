// Sends back what browsers send it: sound, picture and messages. Open the address that is printed; Enter ends it.
//
//   echo_bot [PORT [ICE-SERVER [USERNAME CREDENTIAL]]]          ICE-SERVER: stun:HOST[:PORT] or turn:HOST[:PORT]
#include "http_signaling.h"

#include <cstdint>
#include <exception>
#include <future>
#include <iostream>
#include <list>
#include <memory>
#include <string>
#include <visavis/visavis.h>

namespace {

using Answered = std::shared_ptr<std::promise<std::string>>;

// One browser.
class Visitor {
public:
    Visitor(visavis::Loop& loop, const visavis::PeerOptions& options, Answered answered)
        : answered_(std::move(answered)),
          peer_(loop, options, handlers()) {}

    // False: it is refused.
    bool take(const std::string& offer) {
        using enum visavis::Direction;
        peer_.want(visavis::MediaKind::kAudio, kSendReceive);
        peer_.want(visavis::MediaKind::kVideo, kSendReceive);
        peer_.want_data();
        return peer_.take_offer(offer) && peer_.make_answer();
    }
    [[nodiscard]] bool has_ended() const {
        return peer_.state() == visavis::State::kClosed || peer_.state() == visavis::State::kFailed;
    }

private:
    visavis::PeerHandlers handlers() {
        return {.state =
                    [](const visavis::StateChanged& change) {
                        std::cout << "* a visitor is " << visavis::name_of(change.state) << '\n' << std::flush;
                    },
                .gathered = [this] { answered_->set_value(peer_.local_description()); },
                .message =
                    [this](const visavis::Message& message) {
                        note(message.is_text ? peer_.send(message.id, message.text())
                                             : peer_.send(message.id, message.bytes));
                    },
                .audio =
                    [this](const visavis::AudioFrame& frame) {
                        note(peer_.send_audio(static_cast<std::uint32_t>(frame.media_time), frame.packet));
                    },
                .video =
                    [this](const visavis::VideoFrame& frame) {
                        note(peer_.send_video(static_cast<std::uint32_t>(frame.media_time), frame.picture));
                    },
                // Who encodes is the browser.
                .keyframe_wanted = [this](const visavis::KeyframeWanted&) { peer_.request_keyframe(); }};
    }
    // What cannot be sent now is not echoed: it would come too late.
    static void note(const visavis::Result<void>& sent) {
        if (!sent && sent.error().code == visavis::ErrorCode::kTooLarge) std::cerr << "* " << sent.error().what << '\n';
    }

    Answered answered_;
    visavis::PeerConnection peer_;
};

} // namespace

int main(int count, char** arguments) {
    try {
        visavis::PeerOptions options;
        options.certificate = visavis::Certificate::make(); // one for all visitors
        if (count > 2) options.ice_servers.push_back({.url = arguments[2]});
        if (count > 4) {
            options.ice_servers.back().username = arguments[3];
            options.ice_servers.back().credential = arguments[4];
        }
        visavis::Loop loop;
        std::list<Visitor> visitors;
        const auto take = [&](const std::string& offer, const Answered& answered) {
            visitors.remove_if([](const Visitor& visitor) { return visitor.has_ended(); });
            if (visitors.emplace_back(loop, options, answered).take(offer)) return;
            visitors.pop_back();
            answered->set_value("");
        };
        const auto port = static_cast<std::uint16_t>(count > 1 ? std::stoi(arguments[1]) : 8082);
        const HttpSignaling signaling(port, PAGE_FOLDER "/echo.html", [&](const std::string& offer) {
            const auto answered = std::make_shared<std::promise<std::string>>();
            if (!loop.post([&take, offer, answered] { take(offer, answered); })) answered->set_value("");
            return answered->get_future();
        });
        std::cout << "* open " << signaling.url() << '\n' << std::flush;
        std::thread reader([&] {
            std::cin.get();
            loop.stop();
        });
        loop.run();
        reader.join();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
