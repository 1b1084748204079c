#include "core/bench/passes.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "core/bench/stopwatch.h"
#include "core/models/registry.h"

namespace fusionscope::bench {

namespace {

/// Waits for a device that works behind the program's back.
void settle(const at::Tensor& result) {
    if (!result.device().is_cpu()) result.sum().item<double>();
}

int64_t mostProbable(const at::Tensor& logits) {
    RECORD_USER_SCOPE("sampling");
    return logits.argmax(-1).item<int64_t>();
}

void measureLanguage(const language::Decoder& decoder, const PassOptions& options, const nn::Pass& pass,
                     PassFigures& figures) {
    LanguageSteps steps(decoder, options);
    for (int repeat = -1; repeat < options.repeats; ++repeat) {
        const double prefill = steps.prefill(pass), decode = steps.decode(pass);
        if (repeat < 0) continue;
        figures.prefillTokensPerSecond.values.push_back(static_cast<double>(steps.context()) / prefill);
        figures.decodeTokensPerSecond.values.push_back(static_cast<double>(options.decodeTokens) / decode);
    }
}

}  // namespace

DecodeBytes decodeBytes(const language::Decoder& decoder, int64_t context) {
    const auto& config = decoder.config();
    const auto numbers = 2 * config.layers * config.kvHeads * config.headWidth * context;
    return {decoder.matrixBytes(), numbers * static_cast<int64_t>(c10::elementSize(decoder.newCache().type()))};
}

double Samples::median() const {
    if (values.empty()) return 0;
    auto sorted = values;
    std::ranges::sort(sorted);
    const auto middle = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
double Samples::least() const { return values.empty() ? 0 : *std::ranges::min_element(values); }
double Samples::most() const { return values.empty() ? 0 : *std::ranges::max_element(values); }

LanguageSteps::LanguageSteps(const language::Decoder& decoder, const PassOptions& options)
    : m_decoder(decoder), m_decodeTokens(options.decodeTokens), m_cache(decoder.newCache()) {
    const auto& config = decoder.config();
    const auto context = std::clamp<int64_t>(options.context, 1, std::max<int64_t>(1, config.longest - m_decodeTokens));
    const auto ids = at::randint(config.vocabulary, {1, context}, at::TensorOptions().dtype(c10::kLong));
    m_embeddings = decoder.embed(ids.to(decoder.device()));
}

double LanguageSteps::prefill(const nn::Pass& pass) {
    m_cache.truncate(0);
    m_logits.reset();
    const Stopwatch watch;
    m_logits = m_decoder.lastLogits(m_decoder.hidden(m_embeddings, m_cache, pass));
    settle(m_logits);
    return watch.seconds();
}

double LanguageSteps::decode(const nn::Pass& pass) {
    if (!m_logits.defined()) prefill(pass);
    m_cache.truncate(context());
    auto logits = m_logits;
    const Stopwatch watch;
    for (int64_t token = 0; token < m_decodeTokens; ++token) {
        const auto id = mostProbable(logits);
        logits = m_decoder.lastLogits(m_decoder.hidden(m_decoder.embed(std::vector<int64_t>{id}), m_cache, pass));
    }
    settle(logits);
    return watch.seconds();
}

double encodeSeconds(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass) {
    const c10::InferenceMode inference;
    at::manual_seed(options.seed);
    models::RawTensors raw;
    raw.pixels = at::randn({options.views, 3, options.imageSide, options.imageSide});
    const auto encoding = model.visionLanguage() ? model.visionLanguage()->defaultOptions() : models::EncodeOptions{};
    const Stopwatch watch;
    models::runRaw(model, raw, encoding, pass);
    return watch.seconds();
}

Samples measureEncode(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass) {
    Samples samples;
    const bool sees = model.visionLanguage() || model.florence2() || model.siglip();
    if (options.imageSide <= 0 || !sees) return samples;
    for (int repeat = -1; repeat < options.repeats; ++repeat) {
        const double seconds = encodeSeconds(model, options, pass);
        if (repeat >= 0) samples.values.push_back(seconds);
    }
    return samples;
}

PassFigures measurePasses(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass) {
    const c10::InferenceMode inference;
    at::manual_seed(options.seed);
    PassFigures figures;
    figures.encodeSeconds = measureEncode(model, options, pass);
    if (const auto* decoder = model.decoder()) {
        measureLanguage(*decoder, options, pass, figures);
        const auto read = decodeBytes(*decoder, options.context);
        figures.decodeBytesPerToken = read.weights + read.cache;
    }
    return figures;
}

}  // namespace fusionscope::bench
