#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/engine/folder_report.h"
#include "core/engine/results.h"

/// Results as --json prints them.
namespace fusionscope::cli {

nlohmann::json toJson(const engine::ModelSummary& summary);
nlohmann::json toJson(const engine::Answer& answer);
nlohmann::json toJson(const engine::TaskAnswer& answer);
nlohmann::json toJson(const engine::FolderReport& report);
/// "end_token", "stop_string", "length", "stopped"
const char* name(engine::StopReason reason);

}  // namespace fusionscope::cli
