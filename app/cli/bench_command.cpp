#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/bench_steps.h"
#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/engine/memory.h"
#include "core/engine/program_files.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    engine::BenchmarkOptions benchmark;
    std::string against;
    std::vector<std::string> passedOn;
    bool steps = false, counters = false, json = false;
};

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

/// Becomes the script that installs the other programs and takes turns with them.
[[noreturn]] void compare(const Options& options) {
    const auto script = engine::comparisonScripts() / "compare.py";
    std::vector<std::string> line{"python3", script.string(), "--program", std::filesystem::read_symlink("/proc/self/exe").string(),
                                  "--against", options.against};
    if (options.json) line.emplace_back("--json");
    line.insert(line.end(), options.passedOn.begin(), options.passedOn.end());
    std::vector<char*> arguments;
    for (auto& word : line) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());  // comes back only when it fails
    const int reason = errno;
    throw Error(reason == ENOENT ? "Python is not installed" : std::string("cannot be started: ") + std::strerror(reason), "python3",
                "The comparison with other programs needs Python 3.9 or later (Debian: apt-get install python3 python3-venv).");
}

int run(Options options, Terminal& terminal) {
    if (!options.against.empty()) compare(options);
    options.benchmark.load = options.model.load;
    options.benchmark.load.precision = engine::precisionNamed(options.model.dtype);
    if (options.steps) return takeSteps(options.model.path(), options.benchmark, terminal);
    if (options.counters) return printCounters(options.model.path(), options.benchmark, options.json, terminal);
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
    auto* counters = app.add_flag("--counters", options->counters,
                                  "In place of figures: what encoding, prefill and decode consist of, beside what bounds each part");
    auto* steps = app.add_flag("--steps", options->steps,
                               "In place of figures: keep the model ready and take one step (encode, encode-four, prefill, decode, "
                               "first-token, second-question, limits) for each line of standard input; answers are lines of JSON")
                      ->excludes(counters);
    auto* scores = app.add_option("--scores", options->benchmark.scores,
                                  "Where the steps read-texts (each in one pass) and answer-texts (answers token by token) write the "
                                  "scores among which each token of an answer would be chosen: fp32, a row for each token")
                       ->type_name("FILE");
    app.add_option("--texts", options->benchmark.texts, "Texts of these steps: a list of {\"prompt\": [ids], \"answer\": [ids]}")
        ->type_name("F.json")
        ->needs(steps)
        ->needs(scores);
    scores->needs("--texts");
    auto* against =
        app.add_option("--against", options->against,
                       "Take turns with other programs on the same weights: llama.cpp, transformers, or both with a comma. Installs "
                       "them from the Python package index into the cache folder (1 GB, llama.cpp is compiled for some minutes) and "
                       "writes the weights there (up to 26 GB). What stands behind -- goes to the script: see "
                       "tests/bench/compare.py --help")
            ->type_name("NAMES")
            ->excludes(counters)
            ->excludes(steps);
    app.add_option("arguments", options->passedOn, "Behind --: for the script of --against")->needs(against);
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command benchCommand = {
    "bench",
    "Measure loading, encoding, prefill, decoding, second questions, the atlas and stops on this machine.",
    "bench --dtype int8 --json\n"
    "  fusionscope-cli bench --against llama.cpp,transformers -- --only decode4,smollm2",
    prepare,
};

}  // namespace fusionscope::cli
