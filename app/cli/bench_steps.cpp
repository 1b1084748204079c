#include "app/cli/bench_steps.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/line_reader.h"
#include "core/engine/benchmark_steps.h"
#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

using engine::MachineLimits;
using engine::StepPhase;

nlohmann::json toJson(const MachineLimits& limits) {
    return {{"bandwidth", limits.bandwidth}, {"matrix_rate", limits.matrixRate}};
}

/// The share of what bounds a phase that it reaches, of the memory or of the processor; 0 where neither was counted.
double shareOfLimit(const StepPhase& phase, const MachineLimits& limits) {
    return std::max(phase.bytes / limits.bandwidth, phase.operations / limits.matrixRate) / phase.seconds;
}

double sumOfSeconds(const std::vector<StepPhase>& phases) {
    double sum = 0;
    for (const auto& phase : phases) sum += phase.seconds;
    return sum;
}

std::string percent(double share) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(share < 0.0995 ? 1 : 0) << 100 * share << " %";
    return out.str();
}

std::string toText(const std::string& step, const std::vector<StepPhase>& phases, const MachineLimits& limits) {
    std::ostringstream out;
    const double whole = sumOfSeconds(phases);
    out << '\n' << step << ", " << std::setprecision(3) << whole << " s\n";
    for (const auto& phase : phases) {
        out << "  " << std::left << std::setw(40) << (phase.name.empty() ? "the rest" : phase.name) << std::right << std::setw(8)
            << percent(phase.seconds / whole) << std::setw(10) << phase.calls << (phase.calls == 1 ? " time " : " times");
        if (const double share = shareOfLimit(phase, limits); share > 0)
            out << std::setw(8) << percent(share) << " of the " << (phase.bytes > 0 ? "memory's speed" : "products' rate");
        out << '\n';
    }
    return out.str();
}

nlohmann::json toJson(const std::vector<StepPhase>& phases, const MachineLimits& limits) {
    auto list = nlohmann::json::array();
    for (const auto& phase : phases)
        list.push_back({{"name", phase.name},
                        {"calls", phase.calls},
                        {"seconds", phase.seconds},
                        {"operations", phase.operations},
                        {"bytes", phase.bytes},
                        {"share_of_limit", shareOfLimit(phase, limits)}});
    return list;
}

}  // namespace

nlohmann::json toJson(const engine::BenchmarkReport& report) {
    auto figures = nlohmann::json::array();
    for (const auto& figure : report.figures)
        figures.push_back({{"name", figure.name},
                           {"unit", figure.unit},
                           {"median", figure.median},
                           {"least", figure.least},
                           {"most", figure.most},
                           {"repeats", figure.repeats}});
    return {{"model", report.model},
            {"family", report.family},
            {"precision", report.precision},
            {"device", report.device},
            {"machine",
             {{"processor", report.processor},
              {"instructions", report.instructions},
              {"cores", report.cores},
              {"threads", report.threads},
              {"memory_bytes", report.memoryBytes},
              {"load_average", report.loadAverage},
              {"library", report.library}}},
            {"figures", std::move(figures)}};
}

int takeSteps(const std::filesystem::path& model, const engine::BenchmarkOptions& options, Terminal& terminal) {
    engine::BenchmarkSteps steps(model, options, terminal.beginTask());
    terminal.endTask();
    auto ready = toJson(steps.report());
    ready["resident_bytes"] = steps.residentBefore();
    ready["steps"] = steps.names();
    terminal.writeJson(ready, -1);
    constexpr size_t mostBytes = 256;  // of a step's name
    forEachLine(std::cin, mostBytes, [&](const std::string& line, size_t) {
        const auto control = terminal.beginTask();
        const auto answer = line == "limits" ? toJson(steps.limits())
                                             : nlohmann::json{{"step", line}, {"seconds", steps.seconds(line, control)}};
        terminal.endTask();
        terminal.writeJson(answer, -1);
        return true;
    });
    return Done;
}

int printCounters(const std::filesystem::path& model, const engine::BenchmarkOptions& options, bool json, Terminal& terminal) {
    const auto control = terminal.beginTask();
    engine::BenchmarkSteps steps(model, options, control);
    const auto limits = steps.limits();
    auto counted = nlohmann::json::object();
    std::string text = concat(steps.report().model, ", ", steps.report().precision, ", ", steps.report().threads, " threads; memory ",
                              std::lround(limits.bandwidth / 1e9), " GB/s, products ", std::lround(limits.matrixRate / 1e9),
                              " GFLOP/s\n");
    for (const auto& step : steps.names()) {
        if (step != "encode" && step != "prefill" && step != "decode") continue;
        const auto phases = steps.phases(step, control);
        counted[step] = toJson(phases, limits);
        text += toText(step, phases, limits);
    }
    terminal.endTask();
    auto report = toJson(steps.report());
    report["limits"] = toJson(limits);
    report["phases"] = std::move(counted);
    if (json)
        terminal.writeJson(report);
    else
        terminal.write(text);
    return Done;
}

}  // namespace fusionscope::cli
