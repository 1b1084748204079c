#pragma once

#include <string>
#include <vector>

#include "core/language/bart_encoder.h"
#include "core/models/encode_options.h"
#include "core/models/florence_config.h"
#include "core/nn/pass.h"

/// Names of a Florence tower's activations: recording them, and listing what can be recorded.
namespace fusionscope::models {

/// "tower/encoder/<prompt>/<part>"
std::string encoderActivation(const std::string& prompt, const std::string& part);

/// A watcher that records, for each of the prompts that ran side by side, "…/embed" and "…/layer<i>":
/// [pictures, tokens, width]. @param prompts names, in the order of the rows; must outlive the watcher, as the pass
/// must
language::BartEncoder::LayerWatcher encoderRecorder(const nn::Pass& pass, const std::vector<std::string>& prompts);

/// Lists "tower/davit/stage<i>" and "tower/image". @param side of the square picture in pixels
std::vector<ActivationInfo> towerActivations(const FlorenceConfig& config, int64_t side);

/// Lists what one prompt's encoding records. @param pooledSeen whether the encoder sees the pooled token
/// @param pooledKept whether the "image" rows begin with it; @param reaches whether they reach the language model
std::vector<ActivationInfo> promptActivations(const FlorenceConfig& config, int64_t side, const std::string& prompt,
                                              bool pooledSeen, bool pooledKept, bool reaches);

}  // namespace fusionscope::models
