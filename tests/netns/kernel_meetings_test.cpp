// What the simulator's oracle says of every meeting, in the file that the cases here read: they build the same meetings
// of the kernel's own networks, have our peers meet in them as programs, and hold what these come to against it.
#include "sim/edge.h"
#include "sim/oracle.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

namespace vv::sim {
namespace {

using Json = nlohmann::ordered_json;

/// As the program of those tests has its relays: over UDP alone.
const Relay kRelay{.by_tcp = false, .by_tcp_443 = false};

Json described(const BoxSpec& box) {
    if (const auto* nat = std::get_if<NatConfig>(&box)) {
        return {
            {"mapping", name_of(nat->mapping)}, {"filtering", name_of(nat->filtering)}, {"hairpins", nat->hairpins}};
    }
    const auto& wall = std::get<FirewallConfig>(box);
    Json json{{"filtering", nullptr}};
    if (wall.filtering) json["filtering"] = name_of(*wall.filtering);
    if (wall.blocks_udp) json["blocksUdp"] = true;
    if (!wall.tcp_ports.empty()) json["tcpPorts"] = wall.tcp_ports;
    if (wall.udp_payload_max > 0) json["udpPayloadMax"] = wall.udp_payload_max;
    return json;
}

Json described(const Edge& edge) {
    Json boxes = Json::array();
    for (const BoxSpec& box : edge.boxes)
        boxes.push_back(described(box));
    return {{"name", edge.name}, {"hasIpv4", edge.has_v4}, {"hasIpv6", edge.has_v6}, {"boxes", std::move(boxes)}};
}

/// A line for each, so that a change can be read.
std::string lines_of(const std::vector<Json>& items) {
    std::string text = "[";
    for (const Json& item : items)
        text += (text.size() > 1 ? ",\n    " : "\n    ") + item.dump();
    return text + "\n  ]";
}

/// Edges by their names, each once.
class Described {
public:
    std::size_t place_of(const Edge& edge) {
        const auto found = std::ranges::find(names_, edge.name);
        if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
        names_.push_back(edge.name);
        edges_.push_back(described(edge));
        return edges_.size() - 1;
    }
    [[nodiscard]] const std::vector<Json>& edges() const { return edges_; }

private:
    std::vector<std::string> names_;
    std::vector<Json> edges_;
};

/// Of the first edges each row is what one of them comes to with each of them; under one roof is whoever shares the
/// outermost box.
std::string expected_file() {
    Described described;
    std::vector<Json> far;
    std::vector<Json> near;
    for (const Edge& a : all_edges()) {
        described.place_of(a);
        Json row = Json::array();
        for (const Edge& b : all_edges())
            row.push_back(name_of(predict({a, b, 0}, kRelay)));
        far.push_back(std::move(row));
    }
    for (const Meeting& meeting : all_meetings()) {
        if (meeting.shared == 0) continue;
        EXPECT_EQ(meeting.shared, 1U) << "the file says so of all";
        near.push_back({{"a", described.place_of(meeting.a)},
                        {"b", described.place_of(meeting.b)},
                        {"path", name_of(predict(meeting, kRelay))}});
    }
    return "{\n  \"edges\": " + lines_of(described.edges()) + ",\n  \"far\": " + lines_of(far) +
           ",\n  \"underOneRoof\": " + lines_of(near) + "\n}\n";
}

// Where the matrix or the oracle has been changed, VISAVIS_SIM_WRITE=1 writes the file anew.
TEST(KernelMeetings, AreThoseOfTheMatrixWithWhatTheOracleSays) {
    const std::string expected = expected_file();
    const char* writes = std::getenv("VISAVIS_SIM_WRITE"); // NOLINT(concurrency-mt-unsafe): tests have one thread
    if (writes != nullptr) std::ofstream(VV_KERNEL_MEETINGS) << expected;
    std::ifstream file(VV_KERNEL_MEETINGS);
    const std::string found{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(found == expected) << "VISAVIS_SIM_WRITE=1 writes " << VV_KERNEL_MEETINGS << " anew";
}

} // namespace
} // namespace vv::sim
