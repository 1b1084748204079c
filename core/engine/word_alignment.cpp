#include <ATen/ATen.h>

#include "core/engine/alignment.h"
#include "core/engine/model_parts.h"
#include "core/engine/word_matching.h"

namespace fusionscope::engine {

std::vector<std::string> wordLayers(const Model& model) {
    if (model.summary().matchesTexts) return {"pooled"};
    std::vector<std::string> layers;
    for (const auto& activation : model.activations(model.encodeOptions()))
        if (activation.isMap && activation.row == "language") layers.push_back(activation.column);
    return layers;
}

WordAlignment wordAlignment(Model& model, const PictureHandle& picture, const std::string& text,
                            const std::string& layer, const models::EncodeOptions& encoding, const Control& control) {
    const c10::InferenceMode inference;
    const auto words = meaningOf(model, text, layer, control);
    const auto seen = meaningOf(model, picture, encoding, image::PictureUse::Alone, control);
    WordAlignment result;
    result.layer = words.layer;
    for (size_t i = 0; i < words.words.size(); ++i)
        result.words.push_back({words.words[i], cosines(seen.maps.back(), words.states[i])});
    for (const auto& [name, mean] : seen.means) {
        result.bars.push_back(name);
        result.agreement.push_back(cosine(mean, words.whole));
    }
    return result;
}

}  // namespace fusionscope::engine
