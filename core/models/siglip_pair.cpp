#include "core/models/siglip_pair.h"

#include <ATen/ATen.h>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/activation_map.h"

namespace fusionscope::models {

namespace {

Tensor directions(const Tensor& rows) { return rows / at::linalg_vector_norm(rows, 2, {-1}, /*keepdim=*/true); }

}  // namespace

SiglipPairConfig SiglipPairConfig::read(const files::ModelFolder& folder) {
    const auto json = folder.json("config.json");
    const files::Fields fields(json, folder.where("config.json"));
    const auto none = nlohmann::json::object();
    const files::Fields defaults(none, fields.where());
    SiglipPairConfig config;
    config.tower = vision::SiglipConfig::read(fields.objectIf("vision_config").value_or(defaults), {});
    config.text = vision::SiglipTextConfig::read(fields.objectIf("text_config").value_or(defaults));
    if (config.text.outputs != config.tower.width)
        fields.refuse("text_config", concat("makes texts ", config.text.outputs, " wide, pictures are ", config.tower.width,
                                            " wide: they cannot be compared"));
    return config;
}

std::unique_ptr<SiglipPair> SiglipPair::load(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    const auto store = std::make_shared<nn::WeightStore>(folder.tensors(), options);
    return std::make_unique<SiglipPair>(nn::Weights(store), SiglipPairConfig::read(folder));
}

SiglipPair::SiglipPair(const nn::Weights& weights, SiglipPairConfig config)
    : m_config(std::move(config)),
      m_tower(weights / "vision_model", m_config.tower),
      m_head(weights / "vision_model" / "head", m_config.tower),
      m_text(weights / "text_model", m_config.text),
      m_scale(weights.tensor("logit_scale", {1})),
      m_bias(weights.tensor("logit_bias", {1})) {}

Tensor SiglipPair::encode(const Tensor& pixels, const nn::Pass& pass) const {
    const int64_t side = m_config.tower.imageSide;
    if (pixels.dim() != 4 || pixels.size(0) < 1 || pixels.sizes().slice(1) != at::IntArrayRef({3, side, side}))
        throw Error(concat("pixels have shape ", pixels.sizes(), ", expected [views, 3, ", side, ", ", side, "]"), "picture");
    const Tensor patches = m_tower(pixels.to(m_tower.device(), m_tower.type()), pass);
    if (pass.wants("tower/siglip/meaning")) pass.record("tower/siglip/meaning", patchMeanings(patches));
    if (pass.wants("tower/siglip/pooled")) pass.record("tower/siglip/pooled", pooled(patches));
    return patches;
}

Tensor SiglipPair::patchMeanings(const Tensor& patches) const {
    return m_head(patches.flatten(0, 1).unsqueeze(1)).unflatten(0, {patches.size(0), patches.size(1)});
}

Tensor SiglipPair::text(const Tensor& ids, const nn::Pass& pass) const {
    const auto& config = m_text.config();
    if (ids.size(1) < 1 || ids.size(1) > config.longest)
        throw Error(concat("a text has ", ids.size(1), " ids, expected 1 to ", config.longest), "text", "Shorten it.");
    if (ids.min().item<int64_t>() < 0 || ids.max().item<int64_t>() >= config.vocabulary)
        throw Error(concat("a text has ids outside the vocabulary of ", config.vocabulary), "text",
                    "The tokenizer is of another model.");
    return m_text(ids, pass);
}

Tensor SiglipPair::logits(const Tensor& pictures, const Tensor& texts) const {
    return at::matmul(directions(pictures), directions(texts).t()) * m_scale.exp() + m_bias;
}

void SiglipPair::run(const RawTensors& inputs, const nn::Pass& pass) const {
    Tensor pictures, texts;
    if (inputs.pixels.defined()) pictures = pooled(encode(inputs.singleViews(), pass));
    if (inputs.ids.defined()) texts = text(inputs.ids, pass);
    if (pictures.defined() && texts.defined()) pass.record("logits", logits(pictures, texts));
}

std::vector<ActivationInfo> SiglipPair::activations() const {
    const auto& tower = m_config.tower;
    std::vector<ActivationInfo> list;
    const auto add = [&](const std::string& part) {
        list.push_back(activationMap("tower/siglip/" + part, "image", part, {tower.gridSide(), tower.gridSide()}, tower.width));
    };
    add("embed");
    for (int64_t i = 0; i < tower.layers; ++i) add(concat("layer", i));
    add("norm");
    add("meaning");
    add("pooled");
    list.back().isMap = false;
    list.back().shape = {1, tower.width};
    return list;
}

int64_t SiglipPair::widestLayer() const {
    const int64_t side = m_config.tower.gridSide();
    return m_tower.widestLayer(1, side * side);
}

}  // namespace fusionscope::models
