#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/pass.h"
#include "core/nn/weights.h"

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

/// How long the tower, the fusion and the projector take for views of random pixels.
Samples measureEncode(const models::LoadedModel& model, const PassOptions& options, const nn::Pass& pass);

/// Measures on random pixels and ids: the passes' time does not depend on what they hold. @throws Stopped
/// @param weights as the model was loaded with
PassFigures measurePasses(const models::LoadedModel& model, const nn::WeightOptions& weights,
                          const PassOptions& options, const nn::Pass& pass);

}  // namespace fusionscope::bench
