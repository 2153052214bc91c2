#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace coldforge::agent::study {

/// A report (make_report()) as a page for people. Throws InternalError if it is none.
std::string markdown_of(const nlohmann::ordered_json& report);

}  // namespace coldforge::agent::study
