// Two ends of a call in one program: what they have to tell each other goes from hand to hand. Says what each hears.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <visavis/visavis.h>

namespace {

using namespace std::chrono_literals;

// One end, the candidates of which go to the other at once.
struct End {
    End(visavis::Loop& loop, std::string called)
        : name(std::move(called)),
          peer(loop, {},
               {.state =
                    [this](const visavis::StateChanged& change) {
                        std::cout << name << " is " << visavis::name_of(change.state) << '\n';
                        if (change.fault) std::cout << name << ": " << visavis::name_of(*change.fault) << '\n';
                    },
                .candidate =
                    [this](const visavis::Candidate& candidate) { other->peer.add_remote_candidate(candidate); },
                .secured = [this](const visavis::Security& how) { std::cout << name << " has " << how.cipher << '\n'; },
                .channel_opened = [this](const visavis::ChannelOpened& opened) { handle(opened); },
                .message = [this](const visavis::Message& message) { handle(message); }}) {}

    void handle(const visavis::ChannelOpened& opened) {
        if (opened.is_remote) std::cout << name << " is offered the channel " << opened.options.label << '\n';
        // Result::value() throws where there is none, which a handler must not let out; this one may look.
        const auto sent = peer.send(opened.id, "hello from " + name);
        if (!sent) std::cerr << name << ": not sent: " << sent.error().what << '\n';
    }
    void handle(const visavis::Message& message) {
        std::cout << name << " hears: " << message.text() << '\n';
        has_heard = true;
        if (other->has_heard) loop_stop();
    }

    std::string name;
    End* other = nullptr;
    bool has_heard = false;
    std::function<void()> loop_stop;
    visavis::PeerConnection peer;
};

int run() {
    visavis::Loop loop;
    End a(loop, "a");
    End b(loop, "b");
    a.other = &b;
    b.other = &a;
    a.loop_stop = b.loop_stop = [&loop] { loop.stop(); };

    a.peer.open_channel({.label = "chat"}).value();
    b.peer.want_data();
    b.peer.take_offer(a.peer.make_offer().value()).value();
    a.peer.take_answer(b.peer.make_answer().value()).value();
    loop.run_for(10s);

    if (const auto path = a.peer.path()) {
        std::cout << "the path is " << visavis::name_of(path->local) << " to " << visavis::name_of(path->remote)
                  << '\n';
    }
    return a.has_heard && b.has_heard ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main() {
    try {
        return run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
