#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/language/kv_cache.h"
#include "core/nn/pass.h"

namespace fusionscope::language {
class Decoder;
}
namespace fusionscope::models {
struct LoadedModel;
}

namespace fusionscope::bench {

/// Repeated measurements of one quantity.
struct Samples {
    std::vector<double> values;

    double median() const;
    double least() const;
    double most() const;
};

struct PassOptions {
    int64_t context = 600;      ///< tokens of the prompt that prefill reads and decode follows
    int64_t decodeTokens = 32;  ///< generated in each repeat
    int repeats = 5;            ///< after one that warms up and is not counted
    int64_t views = 1;          ///< encoded at once
    int64_t imageSide = 0;      ///< of each of them in pixels; 0: nothing is encoded
    uint64_t seed = 1;          ///< of the random pixels and ids
};

/// How long the forward passes of a model take. Empty samples for what the model does not have.
struct PassFigures {
    Samples encodeSeconds;          ///< tower, fusion and projector of all views together
    Samples prefillTokensPerSecond;
    Samples decodeTokensPerSecond;
    int64_t decodeBytesPerToken = 0;  ///< of weights and cache that one token must read
};

/// A language model behind a random prompt of `context` tokens, measured one step at a time.
class LanguageSteps {
  public:
    LanguageSteps(const language::Decoder& decoder, const PassOptions& options);

    /// Tokens of the prompt: fewer than asked for where the model reads fewer.
    int64_t context() const { return m_embeddings.size(1); }
    /// Reads the whole prompt into an empty cache. Seconds. @throws Stopped
    double prefill(const nn::Pass& pass);
    /// Generates `decodeTokens` greedily after the prompt, which is read before the first time, and forgets them again.
    /// Seconds. @throws Stopped
    double decode(const nn::Pass& pass);

  private:
    const language::Decoder& m_decoder;
    int64_t m_decodeTokens;
    nn::Tensor m_embeddings, m_logits;  // of the prompt and after it
    language::KvCache m_cache;
};

/// How long one pass of the tower, the fusion and the projector over views of random pixels takes. The model takes
/// pictures, and `imageSide` is not 0. Seconds. @throws Stopped
double encodeSeconds(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass);
/// The same repeatedly; empty when the model takes no pictures.
Samples measureEncode(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass);

/// What must be read from memory for one token of an answer.
struct DecodeBytes {
    int64_t weights = 0, cache = 0;
};
/// @param context tokens in the cache
DecodeBytes decodeBytes(const language::Decoder& decoder, int64_t context);

/// Measures on random pixels and ids: the passes' time does not depend on what they hold. @throws Stopped
PassFigures measurePasses(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass);

}  // namespace fusionscope::bench
