#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/language/decoder.h"
#include "core/language/prompt_lookup.h"
#include "core/language/sampler.h"

namespace fusionscope::language {

/// How long, until what, and by which choice a text is continued.
struct GenerationOptions {
    int64_t maxNewTokens = 512;
    std::vector<int64_t> stopIds;  ///< the first of these that comes is the last id of the result
    SamplingOptions sampling;
    int64_t alternatives = 0;    ///< most probable ids to report beside each choice
    int64_t prefillChunk = 512;  ///< prompt tokens read at a time: bounds memory and the wait for a stop
};

enum class GenerationEnd { StopId, Length, Watcher };

/// A finished continuation. The three lists run in parallel.
struct Generated {
    std::vector<int64_t> ids;
    std::vector<double> logProbabilities;                ///< see TokenChoice
    std::vector<std::vector<TokenChance>> alternatives;  ///< empty lists unless asked for
    GenerationEnd end = GenerationEnd::Length;
};

/// Hears each token as soon as it is chosen, the stop id included; false ends the generation after this token.
using TokenWatcher = std::function<bool(const TokenChoice&)>;

/// Reads a prompt in pieces.
/// @param cache holds what stands before; @param embeddings [1, n, hidden]; @param chunk tokens read at a time
/// @return the hidden state after its last token, [1, 1, hidden]. @throws Stopped
Tensor readPrompt(const Decoder& decoder, KvCache& cache, const Tensor& embeddings, int64_t chunk,
                  const nn::Pass& pass);

/// Continues a prompt.
///
/// Afterwards the cache holds the prompt and all generated tokens but the last one, so the next request can truncate it
/// to the prefix it shares.
/// @param cache holds the prompt's beginning already (nothing, for an empty cache), batch 1
/// @param promptEmbeddings [1, n, hidden], n ≥ 1: what of the prompt the cache does not hold
/// @param promptIds the prompt's ids for the penalties; may be empty (then only generated ids count, as in the
/// transformers library when a prompt is given as embeddings); places of pictures hold ids outside the vocabulary
/// @param lookup proposes tokens that are read in one pass with the one before them; for greedy choice alone, and not
/// while activations are recorded. A candidate counts only where it is what is chosen anyway, so the text, its
/// log-probabilities and alternatives, what the watcher hears and what the cache holds afterwards are those without a
/// lookup: to the last bit where DecodeStep does the passes, which is on the processor but for fp16. LibTorch's
/// operations (CUDA, fp16) round otherwise when a pass has more rows, so there two tokens whose scores differ by no
/// more than that may change places.
/// @throws Error when options are out of range or the prompt is empty; Stopped between layers and tokens
Generated generate(const Decoder& decoder, KvCache& cache, const Tensor& promptEmbeddings,
                   const std::vector<int64_t>& promptIds, const GenerationOptions& options, const nn::Pass& pass,
                   const TokenWatcher& watcher = {}, PromptLookup* lookup = nullptr);

/// A text that is to be continued.
struct Beginning {
    KvCache cache;  ///< as for generate()
    Tensor promptEmbeddings;
    GenerationOptions options;
    TokenWatcher watcher = {};
};

/// Continues several texts side by side, so that the weights are read once for all tokens of a pass; each becomes what
/// generate() makes of it without a lookup.
/// @param begin called for each text from 0 on, when there is room for it among those that are being written
/// @param done called with each text and what became of it, as soon as it ends
/// @throws as generate()
void generateEach(const Decoder& decoder, size_t texts, const std::function<Beginning(size_t)>& begin,
                  const std::function<void(size_t, Generated)>& done, const nn::Pass& pass);

}  // namespace fusionscope::language
