#include "core/models/llava_onevision.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/fusion/tile_packing.h"

namespace fusionscope::models {

std::unique_ptr<LlavaOnevision> LlavaOnevision::load(const files::ModelFolder& folder,
                                                     const nn::WeightOptions& options) {
    auto table = folder.tensors();
    canonicalizeLlavaOnevisionNames(table);
    auto config = LlavaOnevisionConfig::read(folder, table);
    const auto store = std::make_shared<nn::WeightStore>(std::move(table), options);
    return std::make_unique<LlavaOnevision>(nn::Weights(store), std::move(config));
}

LlavaOnevision::LlavaOnevision(const nn::Weights& weights, LlavaOnevisionConfig config)
    : m_config(std::move(config)),
      m_tower(weights / "vision_tower" / "vision_model", m_config.tower, {m_config.towerLayers, false}),
      m_projector1(weights / "multi_modal_projector" / "linear_1", m_config.tower.width, m_config.decoder.hidden,
                   m_config.projectorBias),
      m_projector2(weights / "multi_modal_projector" / "linear_2", m_config.decoder.hidden, m_config.decoder.hidden,
                   m_config.projectorBias),
      m_newline(weights.tensor("image_newline", {m_config.decoder.hidden})),
      m_decoder(weights / "language_model", m_config.decoder) {
    // What comes after the layer that the features are taken from.
    const auto unread = weights / "vision_tower" / "vision_model";
    for (int64_t i = m_config.towerLayers; i < m_config.tower.layers; ++i)
        weights.store().ignore((unread / "encoder" / "layers" / i).prefix());
    for (const auto* part : {"post_layernorm", "head"}) weights.store().ignore((unread / part).prefix());
}

Tensor LlavaOnevision::features(const Tensor& pixels, const nn::Pass& pass) const {
    const int64_t side = m_config.tower.imageSide;
    if (pixels.dim() != 4 || pixels.size(0) < 1 || pixels.size(1) != 3 || pixels.size(2) != side ||
        pixels.size(3) != side)
        throw Error(concat("pixels have shape ", pixels.sizes(), ", expected [views, 3, ", side, ", ", side, "]"),
                    "picture");
    const Tensor patches = m_tower(pixels.to(m_tower.device(), m_tower.type()), pass);
    const Tensor inner = m_projector1(patches);
    pass.record("fusion/projector/layer0", inner);
    const Tensor projected = m_projector2(at::gelu(inner));
    pass.record("fusion/projected", projected);
    return projected;
}

tiling::Grid LlavaOnevision::frameGrid() const {
    const auto view = m_config.view();
    return {(view.rows + 1) / 2, (view.columns + 1) / 2};
}

tiling::Part LlavaOnevision::shown(const PictureLayout& picture) const {
    const auto view = m_config.view();
    return tiling::unpadded({picture.originalWidth, picture.originalHeight},
                            {picture.tileRows * view.rows, picture.tileColumns * view.columns});
}

tiling::Grid LlavaOnevision::kept(const PictureLayout& picture) const {
    return tiling::capped(shown(picture).size, m_config.view(), m_config.mostTiles);
}

Tensor LlavaOnevision::packTiles(const Tensor& tiles, const PictureLayout& picture) const {
    const Tensor canvas = fusion::joinTiles(tiles, {picture.tileRows, picture.tileColumns}, m_config.view());
    const auto part = shown(picture);
    const Tensor map = canvas.narrow(0, part.row, part.size.rows).narrow(1, part.column, part.size.columns);
    const auto size = kept(picture);
    return fusion::withNewlines(size == part.size ? map : fusion::resized(map, size), m_newline);
}

Tensor LlavaOnevision::pack(const Tensor& views, const PictureLayout& picture) const {
    const auto view = m_config.view();
    if (picture.frame) {
        std::vector<Tensor> rows;
        for (const auto& frame : views.unbind())
            rows.push_back(fusion::resized(frame.unflatten(0, {view.rows, view.columns}), frameGrid()).flatten(0, 1));
        return at::cat(rows);
    }
    if (views.size(0) == 1) return at::cat({views[0], videoEnd()});
    const int64_t tiles = picture.tileRows * picture.tileColumns;
    if (tiles < 1 || views.size(0) != 1 + tiles || picture.originalWidth < 1 || picture.originalHeight < 1)
        throw Error(concat("a picture has ", views.size(0), " views, expected the whole and ", picture.tileRows, " x ",
                           picture.tileColumns, " tiles"),
                    "picture");
    return at::cat({views[0], packTiles(views.narrow(0, 1, tiles), picture)});
}

Tensor LlavaOnevision::encode(const PictureTensors& picture, const EncodeOptions&, const nn::Pass& pass) const {
    const Tensor packed = pack(features(picture.pixels, pass), picture.layout);
    pass.record("fusion/packed", packed);
    return packed;
}

int64_t LlavaOnevision::visualTokens(const PictureLayout& picture, const EncodeOptions&) const {
    if (picture.frame) return frameGrid().count();
    const int64_t whole = m_config.view().count();
    if (picture.views == 1) return whole + 1;
    const auto tiles = kept(picture);
    return whole + tiles.rows * (tiles.columns + 1);
}

int64_t LlavaOnevision::widestLayer() const {
    int64_t tiles = 0;
    for (const auto& grid : m_config.canvases.grids()) tiles = std::max(tiles, grid.count());
    return m_tower.widestLayer(1 + tiles, m_config.view().count());
}

}  // namespace fusionscope::models
