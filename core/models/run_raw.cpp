#include "core/models/registry.h"
#include <ATen/ATen.h>

namespace fusionscope::models {

void runRaw(const LoadedModel& model, const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) {
    if (const auto* vision = model.visionLanguage()) return vision->run(inputs, options, pass);
    if (const auto* florence = model.florence2()) return florence->run(inputs, pass);
    if (const auto* siglip = model.siglip()) return siglip->run(inputs, pass);
    const auto& decoder = *model.decoder();
    if (!inputs.ids.defined()) throw Error("there are no input_ids", "inputs", "A language model needs them.");
    const auto ids = inputs.ids.to(decoder.device());
    if (ids.min().item<int64_t>() < 0 || ids.max().item<int64_t>() >= decoder.config().vocabulary)
        throw Error(concat("input_ids holds ids outside the vocabulary of ", decoder.config().vocabulary), "inputs");
    const auto mask = inputs.mask.defined() ? inputs.mask.to(decoder.device()) : inputs.mask;
    decoder.logits(decoder.hidden(decoder.embed(ids), mask, pass), pass);
}

}  // namespace fusionscope::models
