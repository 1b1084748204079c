#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/engine/benchmark.h"
#include "core/engine/memory.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    engine::BenchmarkOptions benchmark;
    bool json = false;
};

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

std::string valueText(double value, const std::string& unit) {
    std::ostringstream out;
    if (unit == "bytes") return engine::bytesText(static_cast<int64_t>(value));
    if (unit == "bytes/s") return engine::bytesText(static_cast<int64_t>(value)) + "/s";
    if (unit == "share") {
        out << std::fixed << std::setprecision(0) << 100 * value << " %";
    } else {
        out << std::setprecision(3) << value << (unit == "ratio" ? "" : " " + unit);
    }
    return out.str();
}

std::string toText(const engine::BenchmarkReport& report) {
    std::ostringstream out;
    out << report.model << ", " << report.family << ", " << report.precision << " on " << report.device << '\n'
        << report.processor << ", " << report.instructions << ", " << report.cores << " cores, " << report.threads
        << " threads, " << engine::bytesText(report.memoryBytes) << ", " << report.library << '\n';
    if (report.loadAverage > 0.5 * report.cores)
        out << "The machine was busy before the run (load " << report.loadAverage << "): do not trust the figures.\n";
    for (const auto& figure : report.figures) {
        out << std::left << std::setw(48) << figure.name << valueText(figure.median, figure.unit);
        if (figure.repeats > 1)
            out << "  (" << valueText(figure.least, figure.unit) << " to " << valueText(figure.most, figure.unit)
                << ", " << figure.repeats << " repeats)";
        out << '\n';
    }
    return out.str();
}

int run(Options options, Terminal& terminal) {
    options.benchmark.load = options.model.load;
    options.benchmark.load.precision = engine::precisionNamed(options.model.dtype);
    const auto control = terminal.beginTask();
    const auto report = engine::benchmarkModel(options.model.path(), options.benchmark, control);
    terminal.endTask();
    if (options.json)
        terminal.writeJson(toJson(report));
    else
        terminal.write(toText(report));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    app.add_option("--context", options->benchmark.context, "Tokens of the prompt that is read before decoding")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--tokens", options->benchmark.decodeTokens, "Tokens decoded in each repeat")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--repeats", options->benchmark.repeats, "Counted repeats; one more warms up")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command benchCommand = {
    "bench",
    "Measure loading, encoding, prefill, decoding, second questions, the atlas and stops on this machine.",
    "bench --dtype int8 --json",
    prepare,
};

}  // namespace fusionscope::cli
