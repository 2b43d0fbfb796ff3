// A chat between this terminal and a browser: open the address that is printed, and type on both sides. Ends with the
// end of its input.
//
//   browser_chat [PORT]
#include "http_signaling.h"

#include <exception>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <visavis/visavis.h>

namespace {

// The browser one talks with: the one that came last. All of it on the loop's thread.
class Chat {
public:
    explicit Chat(visavis::Loop& loop) : loop_(loop) {}

    // answered: once, with the answer and all candidates in it; with nothing if the offer is refused.
    void take(const std::string& offer, const std::shared_ptr<std::promise<std::string>>& answered) {
        channel_.reset();
        visavis::PeerHandlers handlers;
        handlers.gathered = [this, answered] { answered->set_value(peer_->local_description()); };
        handlers.channel_opened = [this](const visavis::ChannelOpened& opened) {
            channel_ = opened.id;
            std::cout << "* the browser is there\n" << std::flush;
        };
        handlers.message = [](const visavis::Message& message) {
            std::cout << "browser: " << message.text() << '\n' << std::flush;
        };
        handlers.channel_closed = [this](const visavis::ChannelClosed&) {
            channel_.reset();
            std::cout << "* the browser is gone\n" << std::flush;
        };
        peer_ = std::make_unique<visavis::PeerConnection>(loop_, visavis::PeerOptions{}, std::move(handlers));
        peer_->want_data();
        const auto taken = peer_->take_offer(offer);
        if (taken && peer_->make_answer()) return; // what is missing are the candidates
        std::cerr << "* an offer was refused" << (taken ? "" : ": ") << (taken ? "" : taken.error().what) << '\n';
        answered->set_value("");
    }

    void say(const std::string& line) {
        const auto sent =
            channel_ ? peer_->send(*channel_, line) : visavis::Result<void>(visavis::Error{.what = "nobody is there"});
        if (!sent) std::cerr << "* not sent: " << sent.error().what << '\n';
    }

private:
    visavis::Loop& loop_;
    std::unique_ptr<visavis::PeerConnection> peer_;
    std::optional<visavis::ChannelId> channel_;
};

} // namespace

int main(int count, char** arguments) {
    try {
        visavis::Loop loop;
        Chat chat(loop);
        const auto port = static_cast<std::uint16_t>(count > 1 ? std::stoi(arguments[1]) : 8081);
        // The page's offers come on one thread, lines on another; both hand them to the loop.
        const HttpSignaling signaling(port, PAGE_FOLDER "/chat.html", [&](const std::string& offer) {
            const auto answered = std::make_shared<std::promise<std::string>>();
            if (!loop.post([&chat, offer, answered] { chat.take(offer, answered); })) answered->set_value("");
            return answered->get_future();
        });
        std::cout << "* open " << signaling.url() << '\n' << std::flush;
        std::thread reader([&] {
            for (std::string line; std::getline(std::cin, line);) {
                if (!loop.post([&chat, line] { chat.say(line); })) std::cerr << "* too fast\n";
            }
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
