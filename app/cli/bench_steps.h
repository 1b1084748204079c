#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "app/cli/terminal.h"
#include "core/engine/benchmark.h"

namespace fusionscope::cli {

/// What a benchmark found, as `bench --json` prints it.
nlohmann::json toJson(const engine::BenchmarkReport& report);

/// Keeps the model ready and takes one step for each line of standard input that names it, or measures the machine's
/// limits for "limits". Prints a line of JSON when it is ready and one for each line. @throws Error for other lines
int takeSteps(const std::filesystem::path& model, const engine::BenchmarkOptions& options, Terminal& terminal);

/// Prints what each of encoding, prefill and decode consists of, beside what bounds it.
int printCounters(const std::filesystem::path& model, const engine::BenchmarkOptions& options, bool json, Terminal& terminal);

}  // namespace fusionscope::cli
