// The least that brings a browser and a program together: a page is served at "/", and what the page posts to "/offer"
// is answered with what a function makes of it. One connection at a time, on a thread of its own. For trying things at
// home: a real service has HTTPS, limits, and says who is who.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <utility>

class HttpSignaling {
public:
    /// Given an offer: the answer, within ten seconds; an empty one if it is refused. Called on the thread of this.
    using Answer = std::function<std::future<std::string>(const std::string& offer)>;

    /// On loopback. port 0: any that is free. Throws std::runtime_error.
    HttpSignaling(std::uint16_t port, const std::string& page, Answer answer)
        : page_(read(page)),
          answer_(std::move(answer)),
          socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const place = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, place, size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, place, &size) != 0) {
            throw std::runtime_error("cannot listen on port " + std::to_string(port));
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    HttpSignaling(const HttpSignaling&) = delete;
    HttpSignaling& operator=(const HttpSignaling&) = delete;
    ~HttpSignaling() {
        ::shutdown(socket_, SHUT_RDWR); // which ends accept()
        thread_.join();
        ::close(socket_);
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

private:
    static std::string read(const std::string& path) {
        std::ifstream file(path);
        if (!file) throw std::runtime_error("cannot read " + path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void serve() {
        while (true) {
            const int client = ::accept(socket_, nullptr, nullptr);
            if (client < 0) {
                // One that has gone again, or a signal; after shutdown() it is another reason.
                if (errno == EINTR || errno == ECONNABORTED) continue;
                return;
            }
            // Browsers open connections to have them, and say nothing on them: others wait behind this one.
            const timeval patience{.tv_sec = 1, .tv_usec = 0};
            ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            const std::string response = respond(request_of(client));
            ::send(client, response.data(), response.size(), MSG_NOSIGNAL);
            ::close(client);
        }
    }

    // Head and body, as much as came.
    static std::string request_of(int client) {
        std::string request;
        char buffer[16'384];
        while (request.size() < 1'000'000 && !is_whole(request)) {
            const auto size = ::recv(client, buffer, sizeof buffer, 0);
            if (size <= 0) break;
            request.append(buffer, static_cast<std::size_t>(size));
        }
        return request;
    }
    static bool is_whole(std::string_view request) {
        const auto head = request.find("\r\n\r\n");
        if (head == std::string_view::npos) return false;
        std::size_t length = 0;
        for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
            const auto at = request.substr(0, head).find(name);
            if (at == std::string_view::npos) continue;
            std::from_chars(request.data() + at + name.size(), request.data() + head, length);
        }
        return request.size() >= head + 4 + length;
    }

    std::string respond(const std::string& request) {
        const auto head = request.find("\r\n\r\n");
        if (request.starts_with("GET / ")) return response("200 OK", "text/html; charset=utf-8", page_);
        if (!request.starts_with("POST /offer ") || head == std::string::npos) {
            return response("404 Not Found", "text/plain", "there is nothing here");
        }
        auto answered = answer_(request.substr(head + 4));
        const bool is_there = answered.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
        const std::string answer = is_there ? answered.get() : "";
        if (answer.empty()) return response("400 Bad Request", "text/plain", "the offer is refused");
        return response("200 OK", "application/sdp", answer);
    }
    static std::string response(std::string_view status, std::string_view type, std::string_view body) {
        std::string text = "HTTP/1.1 ";
        text.append(status).append("\r\nContent-Type: ").append(type);
        text.append("\r\nContent-Length: ").append(std::to_string(body.size()));
        return text.append("\r\nConnection: close\r\n\r\n").append(body);
    }

    std::string page_;
    Answer answer_;
    int socket_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};
