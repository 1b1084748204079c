#include "core/engine/benchmark_steps.h"

#include <ATen/Parallel.h>

#include <functional>
#include <map>
#include <optional>

#include "core/bench/counters.h"
#include "core/bench/machine.h"
#include "core/bench/passes.h"
#include "core/bench/stopwatch.h"
#include "core/bench/text_scores.h"
#include "core/engine/benchmark_request.h"
#include "core/engine/model_parts.h"

namespace fusionscope::engine {

struct BenchmarkSteps::Parts {
    BenchmarkOptions options;
    BenchmarkReport report;
    int64_t residentBefore = 0;
    std::unique_ptr<Model> model;
    std::optional<bench::LanguageSteps> language;
    PictureHandle picture;
    bool known = false;  ///< the picture was encoded, and a question about it answered
    uint64_t asked = 0;  ///< questions so far
    using Step = std::function<double(const Control&)>;
    std::map<std::string, Step> steps;

    void findSteps() {
        const auto& summary = model->summary();
        if (summary.takesPictures) {
            const auto cut = model->preprocess(noisyPicture(options.seed));
            const auto encode = [this, side = cut.size.width](int64_t views) {
                const bench::PassOptions some{.views = views, .imageSide = side, .seed = options.seed};
                return [this, some](const Control& control) { return bench::encodeSeconds(model->parts().loaded, some, pass(control)); };
            };
            steps["encode"] = encode(cut.views);
            if (cut.views == 1) steps["encode-four"] = encode(4);
        }
        if (const auto* decoder = model->parts().loaded.decoder()) {
            language.emplace(*decoder, bench::PassOptions{.context = options.context, .decodeTokens = options.decodeTokens});
            steps["prefill"] = [this](const Control& control) { return language->prefill(pass(control)); };
            steps["decode"] = [this](const Control& control) { return language->decode(pass(control)); };
            if (!options.texts.empty()) findTextSteps(*decoder);
        }
        if (summary.chats && summary.takesPictures && !summary.chatTemplate.empty()) {
            steps["first-token"] = [this](const Control& control) { return firstToken(control); };
            steps["second-question"] = [this](const Control& control) { return secondQuestion(control); };
        }
    }

    void findTextSteps(const language::Decoder& decoder) {
        const auto scoring = [this, &decoder, texts = bench::readTexts(options.texts)](bench::Reading reading) {
            return [this, &decoder, texts, reading](const Control& control) {
                const bench::Stopwatch watch;
                bench::writeScores(decoder, texts, reading, options.scores, pass(control));
                return watch.seconds();
            };
        };
        steps["read-texts"] = scoring(bench::Reading::AtOnce);
        steps["answer-texts"] = scoring(bench::Reading::TokenByToken);
    }

    /// Of a conversation that shares its beginning with the one before, and nothing else.
    double ask(const Control& control) {
        const auto words = concat("What of ", ++asked, " is in the picture?");
        return model->chat(question(*model, {picture}, words), {}, control).statistics.firstTokenSeconds;
    }

    double firstToken(const Control& control) {
        known = false;
        model->forget();
        picture = noisyPicture(options.seed + asked);
        const double seconds = ask(control);
        known = true;
        return seconds;
    }

    double secondQuestion(const Control& control) {
        if (!known) firstToken(control);
        const auto runs = model->towerRuns();
        const double seconds = ask(control);
        if (model->towerRuns() != runs) throw Error("a second question ran the vision tower", "benchmark");
        return seconds;
    }

    static nn::Pass pass(const Control& control) { return {control.stop, nullptr, {}}; }

    const Step& step(const std::string& name) const {
        const auto found = steps.find(name);
        if (found != steps.end()) return found->second;
        std::string there;
        for (const auto& [each, run] : steps) there.append(there.empty() ? "" : ", ").append(each);
        throw Error("\"" + name + "\" is no step of this model", "benchmark", "It has: " + there + ".");
    }
};

BenchmarkSteps::BenchmarkSteps(const std::filesystem::path& folder, const BenchmarkOptions& options, const Control& control)
    : m_parts(std::make_unique<Parts>()) {
    const c10::InferenceMode inference;
    auto& parts = *m_parts;
    parts.options = options;
    const auto machine = bench::describeMachine();
    parts.residentBefore = bench::residentBytes();
    parts.model = Model::load(folder, options.load, control);
    const auto& summary = parts.model->summary();
    const auto single = [](const char* name, const char* unit, double value) { return Figure{name, unit, value, value, value, 1}; };
    parts.report = {summary.folder,     summary.family,  summary.precision,      summary.device,      machine.processor,
                    machine.instructions, machine.library, machine.cores,          at::get_num_threads(), machine.memoryBytes,
                    machine.load,       {single("load", "s", summary.loadSeconds),
                                         single("weights", "bytes", static_cast<double>(summary.weightBytes))}};
    parts.findSteps();
}

BenchmarkSteps::~BenchmarkSteps() = default;

const BenchmarkReport& BenchmarkSteps::report() const { return m_parts->report; }
int64_t BenchmarkSteps::residentBefore() const { return m_parts->residentBefore; }

std::vector<std::string> BenchmarkSteps::names() const {
    std::vector<std::string> names;
    for (const auto& [name, run] : m_parts->steps) names.push_back(name);
    return names;
}

double BenchmarkSteps::seconds(const std::string& name, const Control& control) {
    const c10::InferenceMode inference;
    return m_parts->step(name)(control);
}

std::vector<StepPhase> BenchmarkSteps::phases(const std::string& name, const Control& control) {
    const c10::InferenceMode inference;
    const auto& step = m_parts->step(name);
    step(control);  // warms up, and reads the prompt that decoding follows
    std::vector<StepPhase> phases;
    for (auto& phase : bench::countPhases([&] { step(control); }))
        phases.push_back({std::move(phase.name), phase.calls, phase.seconds, phase.operations, 0});
    if (name != "decode") return phases;
    const auto read = bench::decodeBytes(*m_parts->model->parts().loaded.decoder(), m_parts->language->context());
    for (auto& phase : phases) {
        const auto tokens = static_cast<double>(m_parts->options.decodeTokens);
        if (phase.name == "products") phase.bytes = tokens * static_cast<double>(read.weights);
        if (phase.name == "attention") phase.bytes = tokens * static_cast<double>(read.cache);
    }
    return phases;
}

MachineLimits BenchmarkSteps::limits() const {
    return {bench::readBandwidth(at::get_num_threads()), bench::matrixRate()};
}

}  // namespace fusionscope::engine
