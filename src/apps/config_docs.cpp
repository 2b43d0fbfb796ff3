#include "apps/config_docs.h"

#include "apps/config_options.h"

namespace vv::apps {
namespace {

// A bar inside a cell would end it.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|') escaped.push_back('\\');
        escaped.push_back(c);
    }
    return escaped;
}

} // namespace

std::string options_as_markdown() {
    std::string table =
        "| key | flag | environment | value | default | SIGHUP | what it does |\n|---|---|---|---|---|---|---|\n";
    for (const auto& option : options()) {
        table += "| `" + std::string(option.key) + "` | `" + std::string(option.flag) + "` | `" +
                 option.environment_name() + "` | " + (option.is_list ? "list of " : "") + cell(option.value_form) +
                 " | " + cell(option.default_text) + " | " +
                 (option.on_reload == OnReload::kTaken ? "taken" : "restart") + " | " + cell(option.help) + " |\n";
    }
    return table;
}

} // namespace vv::apps
