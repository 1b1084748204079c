#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/evaluate/evaluation.h"

namespace fusionscope::evaluate {

/// Everything that was counted. Holds no times and nothing of the machine: the same model and plan give the same text.
nlohmann::json toJson(const Results& results);
/// The same as tables for a person, with the bundled model's aims beside.
std::string tables(const Results& results);

}  // namespace fusionscope::evaluate
