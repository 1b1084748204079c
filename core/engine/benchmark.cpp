#include "core/engine/benchmark.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <thread>

#include "core/bench/machine.h"
#include "core/bench/passes.h"
#include "core/engine/atlas.h"
#include "core/engine/benchmark_request.h"
#include "core/engine/memory.h"
#include "core/engine/model_parts.h"

namespace fusionscope::engine {

namespace {

Figure figure(std::string name, std::string unit, const bench::Samples& samples) {
    return {std::move(name),  std::move(unit), samples.median(), samples.least(), samples.most(),
            static_cast<int>(samples.values.size())};
}

constexpr int videoFrames = 32;
constexpr int receiptLines = 8;

/// A conversation whose next answer stands in it already, like a sign that is read aloud once more: the lines of a
/// receipt in the question, quoted in the answer before, to be quoted again.
ChatRequest quotation(const Model& model) {
    constexpr std::array things = {"apples", "bread", "candles", "soap", "tea"};
    std::string lines;
    for (int line = 1; line <= receiptLines; ++line)
        lines += concat(line, ". ", line % 7 + 1, " x ", things[static_cast<size_t>(line * line) % things.size()], ", ", line * 37 % 50, '.',
                        line * 13 % 90 + 10, '\n');
    auto request = question(model, {}, "Copy these lines:\n" + lines);
    request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofText(lines)}});
    request.messages.push_back({text::Role::User, {text::ContentItem::ofText("Copy them again.")}});
    return request;
}

class Benchmark {
  public:
    Benchmark(Model& model, BenchmarkReport& report, const BenchmarkOptions& options, const Control& control)
        : m_model(model), m_report(report), m_options(options), m_control(control), m_picture(noisyPicture(options.seed)) {}

    void passes(const nn::Pass& pass) {
        m_control.report("Measuring the forward passes", 0.2);
        bench::PassOptions passOptions{m_options.context, m_options.decodeTokens, m_options.repeats, 1, 0, m_options.seed};
        const auto& summary = m_model.summary();
        const auto& parts = m_model.parts();
        int views = 1;
        if (summary.takesPictures) {
            const auto cut = m_model.preprocess(m_picture);
            passOptions.imageSide = cut.size.width;
            views = cut.views;
        }
        const auto figures = bench::measurePasses(parts.loaded, passOptions, pass);
        add(views > 1 ? "encode one view" : "encode one picture", "s", figures.encodeSeconds);
        if (views > 1) {
            passOptions.views = views;
            add(concat("encode one picture of ", views, " views"), "s", bench::measureEncode(parts.loaded, passOptions, pass));
        }
        add("prefill", "tokens/s", figures.prefillTokensPerSecond);
        add("decode", "tokens/s", figures.decodeTokensPerSecond);
        m_decode = figures.decodeTokensPerSecond;
        m_decodeBytes = static_cast<double>(figures.decodeBytesPerToken);
    }

    /// Last of all, since its buffer would count as peak memory.
    void bandwidth() {
        if (m_decode.values.empty() || m_model.summary().device != "cpu") return;
        const double bandwidth = bench::readBandwidth(at::get_num_threads());
        add("memory bandwidth", "bytes/s", {{bandwidth}});
        for (auto& value : m_decode.values) value *= m_decodeBytes / bandwidth;
        add("decode, share of the bandwidth", "share", m_decode);
    }

    void questions() {
        m_control.report("Measuring questions", 0.6);
        if (!m_model.summary().chats || !m_model.summary().takesPictures || m_model.summary().chatTemplate.empty()) return;
        bench::Samples first, second;
        for (int repeat = -1; repeat < m_options.repeats; ++repeat) {
            m_model.forget();
            const auto one = m_model.chat(question(m_model, {m_picture}, "What is in the picture?"), {}, m_control);
            const auto runs = m_model.towerRuns();
            const auto two = m_model.chat(question(m_model, {m_picture}, "How many things are there?"), {}, m_control);
            if (m_model.towerRuns() != runs) throw Error("a second question ran the vision tower", "benchmark");
            if (repeat < 0) continue;
            first.values.push_back(one.statistics.firstTokenSeconds);
            second.values.push_back(two.statistics.firstTokenSeconds);
        }
        add("first token after a new picture", "s", first);
        add("first token of a second question", "s", second);
    }

    /// Decoding with and without prompt lookup in turn. A model that was never trained repeats nothing but itself.
    void quoting() {
        m_control.report("Measuring prompt lookup", 0.65);
        const auto& summary = m_model.summary();
        if (!summary.chats || summary.chatTemplate.empty()) return;
        auto request = quotation(m_model);
        request.generation.maxNewTokens = 2 * m_options.decodeTokens;
        if (m_model.promptLength(request.messages, {}) + request.generation.maxNewTokens > summary.contextTokens) return;
        bench::Samples plain, looking, accepted, alike;
        for (int repeat = -1; repeat < m_options.repeats; ++repeat) {
            request.generation.lookup = language::Lookup::Off;
            const auto one = m_model.chat(request, {}, m_control);
            request.generation.lookup = language::Lookup::Auto;
            const auto two = m_model.chat(request, {}, m_control);
            const auto count = std::min(one.tokens.size(), two.tokens.size());
            if (count < 2 || repeat < 0) continue;
            plain.values.push_back(static_cast<double>(one.tokens.size() - 1) / one.statistics.generateSeconds);
            looking.values.push_back(static_cast<double>(two.tokens.size() - 1) / two.statistics.generateSeconds);
            const auto& found = two.statistics;
            if (found.proposedTokens > 0)
                accepted.values.push_back(static_cast<double>(found.acceptedTokens) / static_cast<double>(found.proposedTokens));
            const auto same = std::ranges::mismatch(one.tokens, two.tokens, {}, &TokenScore::id, &TokenScore::id).in1 - one.tokens.begin();
            alike.values.push_back(static_cast<double>(same) / static_cast<double>(std::max(one.tokens.size(), two.tokens.size())));
        }
        add("decode lines that were said before", "tokens/s", plain);
        add("the same with prompt lookup", "tokens/s", looking);
        add("prompt lookup, candidates that came true", "share", accepted);
        add("prompt lookup, tokens as without it", "share", alike);
    }

    /// Frames are encoded once each, without a warm-up: this is long enough.
    void video() {
        m_control.report("Measuring a video", 0.7);
        const auto& summary = m_model.summary();
        if (!summary.chats || !summary.takesPictures || summary.chatTemplate.empty()) return;
        auto request = question(m_model, {}, "What happens?");
        request.messages[0].content.insert(request.messages[0].content.begin(), text::ContentItem::video());
        VideoFrames shown;
        for (int frame = 0; frame < videoFrames; ++frame) {
            shown.frames.push_back(noisyPicture(m_options.seed + 1 + static_cast<uint64_t>(frame), {640, 360}));
            shown.times.seconds.push_back(frame);
        }
        shown.times.duration = videoFrames;
        const auto tokens = m_model.parts().visualTokens({shown.frames[0].size(), image::PictureUse::Frame}, request.encoding);
        if (tokens * videoFrames >= summary.contextTokens) return;  // no such video fits into a conversation
        request.videos = {shown};
        m_model.forget();
        const auto one = m_model.chat(request, {}, m_control);
        add(concat("encode a video of ", videoFrames, " frames"), "s", {{one.statistics.encodeSeconds}});
        add(concat("first token after a video of ", videoFrames, " frames"), "s", {{one.statistics.firstTokenSeconds}});
        add("visual tokens of that video", "tokens", {{static_cast<double>(one.statistics.visualTokens)}});
        request.messages[0].content.back() = text::ContentItem::ofText("How many things are there?");
        const auto two = m_model.chat(request, {}, m_control);
        if (two.statistics.encodedPictures > 0) throw Error("a second question encoded frames again", "benchmark");
        add("first token of a second question about it", "s", {{two.statistics.firstTokenSeconds}});
    }

    void atlas() {
        m_control.report("Measuring the atlas", 0.8);
        if (!m_model.summary().takesPictures) return;
        const auto options = m_model.encodeOptions();
        auto chosen = chooseMaps(m_model.activations(options), {}, {});
        std::erase_if(chosen, [](const auto& info) { return info.name.starts_with("llm/"); });
        std::vector<std::string> names;
        for (const auto& info : chosen) names.push_back(info.name);
        bench::Samples seconds;
        for (int repeat = -1; repeat < std::min(m_options.repeats, 3); ++repeat) {
            const Stopwatch watch;
            makeAtlas(chosen, m_model.featureMaps(names, m_picture, "", options, m_control), {}, m_control);
            if (repeat >= 0) seconds.values.push_back(watch.seconds());
        }
        add("atlas of all tower and fusion cells", "s", seconds);
    }

    /// From the request to stop, at random moments, to the call's return.
    void stopping() {
        m_control.report("Measuring stops", 0.9);
        if (!m_model.summary().chats || m_model.summary().chatTemplate.empty()) return;
        const auto pictures = m_model.summary().takesPictures ? std::vector{m_picture} : std::vector<PictureHandle>{};
        auto request = question(m_model, pictures, "Describe everything.");
        request.generation.maxNewTokens = 64;
        m_model.forget();
        const Stopwatch whole;
        m_model.chat(request, {}, m_control);
        const double duration = whole.seconds();
        std::mt19937_64 random(m_options.seed);
        std::uniform_real_distribution<double> moment(0, duration);
        bench::Samples latency;
        for (int repeat = 0; repeat < 2 * m_options.repeats; ++repeat) {
            m_model.forget();
            std::stop_source source;
            Stopwatch sinceStop;
            std::thread stopper([&, wait = moment(random)] {
                std::this_thread::sleep_for(std::chrono::duration<double>(wait));
                sinceStop = {};
                source.request_stop();
            });
            bool stopped = true;
            try {
                stopped = m_model.chat(request, {}, {source.get_token(), {}}).reason == StopReason::Stopped;
            } catch (const Stopped&) {
            }
            const Stopwatch sinceReturn;
            stopper.join();
            if (stopped) latency.values.push_back(sinceStop.seconds() - sinceReturn.seconds());
        }
        add("stop latency", "s", latency);
    }

    void add(const std::string& name, const std::string& unit, const bench::Samples& samples) {
        if (!samples.values.empty()) m_report.figures.push_back(figure(name, unit, samples));
    }

  private:
    Model& m_model;
    BenchmarkReport& m_report;
    const BenchmarkOptions& m_options;
    const Control& m_control;
    PictureHandle m_picture;
    bench::Samples m_decode;
    double m_decodeBytes = 0;
};

}  // namespace

BenchmarkReport benchmarkModel(const std::filesystem::path& folder, const BenchmarkOptions& options,
                               const Control& control) {
    BenchmarkReport report;
    const auto before = bench::describeMachine();
    report.processor = before.processor;
    report.instructions = before.instructions;
    report.library = before.library;
    report.cores = before.cores;
    report.memoryBytes = before.memoryBytes;
    report.loadAverage = before.load;

    const auto residentBefore = bench::residentBytes();
    const bool peakCounts = bench::resetPeak();
    const auto model = Model::load(folder, options.load, control);
    const auto& summary = model->summary();
    report.model = summary.folder;
    report.family = summary.family;
    report.precision = summary.precision;
    report.device = summary.device;
    report.threads = at::get_num_threads();

    Benchmark benchmark(*model, report, options, control);
    benchmark.add("load", "s", {{summary.loadSeconds}});
    benchmark.add("weights", "bytes", {{static_cast<double>(summary.weightBytes)}});
    const nn::Pass pass{control.stop, nullptr, {}};
    benchmark.passes(pass);
    benchmark.questions();
    benchmark.quoting();
    benchmark.video();
    benchmark.atlas();
    benchmark.stopping();
    if (peakCounts && summary.device == "cpu") {
        const auto peak = bench::peakResidentBytes() - residentBefore;
        benchmark.add("peak memory", "bytes", {{static_cast<double>(peak)}});
        benchmark.add("peak memory over weights", "ratio",
                      {{static_cast<double>(peak) / static_cast<double>(std::max<int64_t>(1, summary.weightBytes))}});
    }
    benchmark.bandwidth();
    return report;
}

}  // namespace fusionscope::engine
