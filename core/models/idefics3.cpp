#include "core/models/idefics3.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/models/activation_map.h"

namespace fusionscope::models {

namespace {

/// Tiles that only fill up a batch are exactly zero, which no real tile is: 0 lies between two bytes.
Tensor withoutFilling(const Tensor& views) {
    const Tensor real = views.flatten(1).ne(0).any(1);
    return real.all().item<bool>() ? views : views.index({real});
}

/// The same of the tiles, which come before the view of the whole picture.
ActivationInfo tilesOf(ActivationInfo info, const PictureLayout& picture) {
    info.name += "@tiles";
    info.row = info.row == "image" ? "tiles" : info.row + ", tiles";
    info.shape[0] *= picture.tileRows;
    info.shape[1] *= picture.tileColumns;
    info.viewRows = picture.tileRows;
    info.viewColumns = picture.tileColumns;
    return info;
}

}  // namespace

Tensor pixelShuffle(const Tensor& x, int64_t scale) {
    const int64_t views = x.size(0), width = x.size(2);
    const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(x.size(1)))));
    return x.view({views, side / scale, scale, side / scale, scale, width})
        .permute({0, 1, 3, 2, 4, 5})
        .reshape({views, -1, scale * scale * width});
}

std::unique_ptr<Idefics3> Idefics3::load(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    auto table = folder.tensors();
    canonicalizeIdefics3Names(table);
    auto config = Idefics3Config::read(folder, table);
    const auto store = std::make_shared<nn::WeightStore>(std::move(table), options);
    return std::make_unique<Idefics3>(nn::Weights(store), std::move(config));
}

Idefics3::Idefics3(const nn::Weights& weights, Idefics3Config config)
    : m_config(std::move(config)),
      m_tower(weights / "model" / "vision_model", m_config.tower),
      m_projection(weights / "model" / "connector" / "modality_projection" / "proj",
                   m_config.tower.width * m_config.scale * m_config.scale, m_config.decoder.hidden, false),
      m_decoder(weights, m_config.decoder) {
    // The first release held a pooling head that nothing uses.
    weights.store().ignore((weights / "model" / "vision_model" / "head").prefix());
    const int64_t side = m_config.tower.gridSide();
    m_places = vision::PatchPlaces::spread(at::ones({1, side, side}, at::TensorOptions().dtype(c10::kBool)), side);
}

Tensor Idefics3::features(const Tensor& pixels, const nn::Pass& pass) const {
    const int64_t side = m_config.tower.imageSide;
    if (pixels.dim() != 4 || pixels.size(0) < 1 || pixels.sizes().slice(1) != at::IntArrayRef({3, side, side}))
        throw Error(concat("pixels have shape ", pixels.sizes(), ", expected [views, 3, ", side, ", ", side, "]"),
                    "picture");
    const Tensor patches = m_tower(pixels.to(m_tower.device(), m_tower.type()), m_places, pass);
    const Tensor projected = m_projection(pixelShuffle(patches, m_config.scale));
    pass.record("fusion/projected", projected);
    return projected;
}

Tensor Idefics3::encode(const PictureTensors& picture, const EncodeOptions&, const nn::Pass& pass) const {
    return features(picture.pixels, pass).flatten(0, 1);
}

int64_t Idefics3::visualTokens(const PictureLayout& picture, const EncodeOptions&) const {
    return picture.views * m_config.tokensPerView();
}

int64_t Idefics3::widestLayer() const {
    const int64_t side = m_config.tower.gridSide(), manyViews = 1 << 12;
    return m_tower.widestLayer(manyViews, side * side);
}

void Idefics3::run(const RawTensors& inputs, const EncodeOptions&, const nn::Pass& pass) const {
    Tensor rows;  // [tokens of all pictures, hidden]
    if (inputs.pixels.defined()) {
        const Tensor views = inputs.pixels.dim() == 5 ? inputs.pixels.flatten(0, 1) : inputs.pixels;
        const Tensor real = withoutFilling(views);
        if (real.size(0) > 0) rows = features(real, pass).flatten(0, 1);
    }
    if (!inputs.ids.defined()) return;
    if (inputs.ids.numel() == 0) throw Error("input_ids is empty", "inputs");
    if (inputs.ids.min().item<int64_t>() < 0 || inputs.ids.max().item<int64_t>() >= m_config.decoder.vocabulary)
        throw Error(concat("input_ids holds ids outside the vocabulary of ", m_config.decoder.vocabulary), "inputs");

    const Tensor places = inputs.ids.eq(m_config.imageId);
    const int64_t count = places.sum().item<int64_t>(), given = rows.defined() ? rows.size(0) : 0;
    if (count != given)
        throw Error(concat("input_ids have ", count, " image tokens, the views become ", given), "inputs");
    const auto device = m_decoder.device();
    Tensor embeddings = m_decoder.embed(inputs.ids.to(device));
    if (count > 0)
        embeddings = embeddings.masked_scatter(places.to(device).unsqueeze(2), rows.to(embeddings.scalar_type()));
    const Tensor mask = inputs.mask.defined() ? inputs.mask.to(device) : Tensor();
    m_decoder.logits(m_decoder.hidden(embeddings, mask, pass), pass);
}

std::vector<ActivationInfo> Idefics3::activations(const PictureLayout& picture, const EncodeOptions&) const {
    const int64_t tiles = picture.tileRows * picture.tileColumns;
    std::vector<ActivationInfo> list;
    const auto add = [&](ActivationInfo whole, bool reaches) {
        whole.reachesLanguageModel = reaches;
        const auto cut = tilesOf(whole, picture);
        whole.firstView = tiles;
        list.push_back(std::move(whole));
        if (tiles > 0) list.push_back(cut);
    };
    const auto& tower = m_config.tower;
    const auto addTower = [&](const std::string& part, bool reaches) {
        add(activationMap("tower/siglip/" + part, "image", part, {tower.gridSide(), tower.gridSide()}, tower.width), reaches);
    };
    addTower("embed", false);
    for (int64_t i = 0; i < tower.layers; ++i) addTower(concat("layer", i), false);
    addTower("norm", true);
    const int64_t side = m_config.gridSide(), hidden = m_config.decoder.hidden;
    add(activationMap("fusion/projected", "image", "projected", {side, side}, hidden), true);

    const auto addLanguage = [&](const std::string& part) {
        auto whole = activationMap("llm/" + part, "language", part, {side, side}, hidden);
        whole.reachesLanguageModel = true;
        const auto cut = tilesOf(whole, picture);
        whole.firstPatch = tiles * m_config.tokensPerView();
        list.push_back(std::move(whole));
        if (tiles > 0) list.push_back(cut);
    };
    addLanguage("embed");
    for (int64_t i = 0; i < m_config.decoder.layers; ++i) addLanguage(concat("layer", i));
    addLanguage("norm");
    ActivationInfo logits = activationMap("llm/logits", "language", "logits", {}, m_config.decoder.vocabulary);
    logits.shape = {1, m_config.decoder.vocabulary};
    logits.reachesLanguageModel = true;
    logits.isMap = false;
    list.push_back(std::move(logits));
    return list;
}

}  // namespace fusionscope::models
