#include "core/models/florence_activations.h"

#include <ATen/ATen.h>

#include "core/models/activation_map.h"

namespace fusionscope::models {

namespace {

std::string encoderPart(int64_t layer) {
    return layer == 0 ? "embed" : "layer" + std::to_string(layer - 1);
}

}  // namespace

std::string encoderActivation(const std::string& prompt, const std::string& part) {
    return "tower/encoder/" + prompt + "/" + part;
}

language::BartEncoder::LayerWatcher encoderRecorder(const nn::Pass& pass, const std::vector<std::string>& prompts) {
    if (!pass.recorder) return {};
    return [&pass, &prompts](int64_t layer, const at::Tensor& hidden) {
        const auto count = static_cast<int64_t>(prompts.size());
        const at::Tensor rows = hidden.unflatten(0, {hidden.size(0) / count, count});
        for (int64_t i = 0; i < count; ++i)
            pass.record(encoderActivation(prompts[static_cast<size_t>(i)], encoderPart(layer)), rows.select(1, i));
    };
}

std::vector<ActivationInfo> towerActivations(const FlorenceConfig& config, int64_t side) {
    std::vector<ActivationInfo> list;
    int64_t grid = side;
    for (size_t i = 0; i < config.davit.stages.size(); ++i) {
        grid = config.davit.stages[i].gridSide(grid);
        const auto stage = "stage" + std::to_string(i);
        list.push_back(activationMap("tower/davit/" + stage, "image", stage, {grid, grid}, config.davit.stages[i].width));
    }
    list.push_back(activationMap("tower/image", "image", "V", {grid, grid}, config.projection.outputWidth));
    list.back().firstPatch = 1;
    return list;
}

std::vector<ActivationInfo> promptActivations(const FlorenceConfig& config, int64_t side, const std::string& prompt,
                                              bool pooledSeen, bool pooledKept, bool reaches) {
    const int64_t grid = config.davit.gridSide(side), layers = config.text.encoderLayers;
    std::vector<ActivationInfo> list;
    for (int64_t layer = 0; layer <= layers; ++layer) {
        const auto part = encoderPart(layer);
        list.push_back(activationMap(encoderActivation(prompt, part), prompt, part, {grid, grid}, config.text.width));
        list.back().firstPatch = pooledSeen ? 1 : 0;
        list.back().reachesLanguageModel = reaches && layer == layers;
    }
    list.push_back(activationMap(encoderActivation(prompt, "image"), prompt, "V'", {grid, grid}, config.text.width));
    list.back().firstPatch = pooledKept ? 1 : 0;
    list.back().reachesLanguageModel = reaches;
    return list;
}

}  // namespace fusionscope::models
