#pragma once

#include <nlohmann/json_fwd.hpp>

#include "memory/round.h"

namespace coldforge::memory {

/// Log records as JSON, for exports and digests. Reading throws nlohmann::json::exception.
nlohmann::json outcome_to_json(const Outcome& outcome);
Outcome outcome_from_json(const nlohmann::json& json);
nlohmann::json retrieval_to_json(const RetrievalRecord& record);
RetrievalRecord retrieval_from_json(const nlohmann::json& json);

}  // namespace coldforge::memory
