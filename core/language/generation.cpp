#include "core/language/generation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

/// Reads the prompt in pieces; the hidden state after its last token, [1, 1, hidden].
Tensor readPrompt(const Decoder& decoder, KvCache& cache, const Tensor& embeddings, int64_t chunk,
                  const nn::Pass& pass) {
    const int64_t total = embeddings.size(1), whole = cache.length() + total;
    // A recorder wants each activation once, not in pieces.
    const int64_t step = pass.recorder ? total : std::max<int64_t>(chunk, 1);
    Tensor last;
    for (int64_t first = 0; first < total; first += step) {
        const int64_t count = std::min(step, total - first);
        nn::Pass part{pass.stop, pass.recorder, {}};
        if (pass.progress)
            part.progress = [&](double done) {
                pass.progress((static_cast<double>(first) + done * static_cast<double>(count)) /
                              static_cast<double>(total));
            };
        last = decoder.hidden(embeddings.narrow(1, first, count), cache, part, whole).narrow(1, count - 1, 1);
    }
    return last;
}

}  // namespace

Generated generate(const Decoder& decoder, KvCache& cache, const Tensor& promptEmbeddings,
                   const std::vector<int64_t>& promptIds, const GenerationOptions& options, const nn::Pass& pass,
                   const TokenWatcher& watcher) {
    if (promptEmbeddings.dim() != 3 || promptEmbeddings.size(0) != 1 || promptEmbeddings.size(1) < 1)
        throw Error("the prompt is empty", "generation", "Send at least one token.");
    if (options.maxNewTokens < 1) throw Error("the number of new tokens must be 1 or more", "generation");
    Sampler sampler(options.sampling);
    const at::NoGradGuard inference;

    std::vector<int64_t> history = promptIds;
    Generated result;
    Tensor hidden = readPrompt(decoder, cache, promptEmbeddings, options.prefillChunk, pass);
    const nn::Pass step{pass.stop, pass.recorder, {}};
    while (true) {
        pass.checkpoint();
        auto choice = sampler.choose(decoder.lastLogits(hidden, step), history, options.alternatives);
        history.push_back(choice.id);
        result.ids.push_back(choice.id);
        result.logProbabilities.push_back(choice.logProbability);
        const bool goesOn = !watcher || watcher(choice);
        result.alternatives.push_back(std::move(choice.alternatives));

        const auto& stops = options.stopIds;
        const bool stopped = std::find(stops.begin(), stops.end(), result.ids.back()) != stops.end();
        const bool full = static_cast<int64_t>(result.ids.size()) >= options.maxNewTokens;
        if (stopped || !goesOn || full) {
            result.end = stopped ? GenerationEnd::StopId : !goesOn ? GenerationEnd::Watcher : GenerationEnd::Length;
            return result;
        }
        hidden = decoder.hidden(decoder.embed(std::vector<int64_t>{result.ids.back()}), cache, step);
    }
}

}  // namespace fusionscope::language
