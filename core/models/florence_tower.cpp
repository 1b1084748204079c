#include "core/models/florence_tower.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>

#include "core/files/error.h"

namespace fusionscope::models {

FlorenceTower::FlorenceTower(const nn::Weights& weights, const FlorenceConfig& config)
    : m_config(config),
      m_davit(weights / "vision_tower", config.davit),
      m_projection(weights, config.projection),
      m_embedding((weights / "language_model" / "model" / "shared")
                      .tensor("weight", {config.text.vocabulary, config.text.width})),
      m_encoder(weights / "language_model" / "model" / "encoder", config.text) {}

Tensor FlorenceTower::imageFeatures(const Tensor& pixels, const nn::Pass& pass) const {
    if (pixels.dim() != 4 || pixels.size(1) != m_config.davit.channels || pixels.size(0) < 1)
        throw Error(concat("pixels have shape ", pixels.sizes(), ", expected [pictures, ", m_config.davit.channels,
                           ", height, width]"),
                    "picture");
    const int64_t rows = m_config.davit.gridSide(pixels.size(2)), columns = m_config.davit.gridSide(pixels.size(3));
    if (rows < 1 || columns < 1)
        throw Error(
            concat("a picture of ", pixels.size(3), " x ", pixels.size(2), " pixels is too small for the vision tower"),
            "picture");
    m_projection.requirePlaces(rows, columns);
    return m_projection(m_davit(pixels, pass));
}

Tensor FlorenceTower::embed(const Tensor& image, const Tensor& ids) const {
    const int64_t pictures = image.size(0), prompts = ids.size(0);
    Tensor words = nn::embedding(m_embedding, ids).to(image.scalar_type());  // [prompts, length, width]
    if (m_config.text.scaleEmbedding) words = words * std::sqrt(static_cast<double>(m_config.text.width));
    return at::cat({image.unsqueeze(1).expand({pictures, prompts, -1, -1}),
                    words.unsqueeze(0).expand({pictures, prompts, -1, -1})},
                   2)
        .flatten(0, 1);
}

Tensor FlorenceTower::encode(const Tensor& image, const Tensor& ids, const Tensor& idsMask, const nn::Pass& pass,
                             const language::BartEncoder::LayerWatcher& watch) const {
    RECORD_USER_SCOPE("tower/encoder");
    Tensor mask;
    if (idsMask.defined()) {
        const Tensor seen = at::ones({ids.size(0), image.size(1)}, idsMask.options());
        mask = at::cat({seen, idsMask}, 1).repeat({image.size(0), 1});
    }
    return m_encoder(embed(image, ids), mask, pass, watch);
}

int64_t FlorenceTower::widestLayer(int64_t imageSide, int64_t prompts) const {
    const auto numbers = [](int64_t tokens, int64_t width, int64_t inner) { return tokens * (2 * width + 2 * inner); };
    int64_t side = imageSide, most = 0;
    for (const auto& stage : m_config.davit.stages) {
        side = stage.gridSide(side);
        most = std::max(most, numbers(side * side, stage.width, stage.width * m_config.davit.mlpRatio));
    }
    return std::max(most, prompts * numbers(side * side + 1, m_config.text.width, m_config.text.encoderInner));
}

void checkIds(const std::vector<int64_t>& ids, int64_t vocabulary, const std::string& where) {
    if (ids.empty()) throw Error("there are no ids", where);
    for (const int64_t id : ids)
        if (id < 0 || id >= vocabulary)
            throw Error(concat("id ", id, " is outside the vocabulary of ", vocabulary, " tokens"), where);
}

Tensor padRows(const std::vector<std::vector<int64_t>>& rows, int64_t pad, c10::Device device) {
    size_t longest = 0;
    for (const auto& row : rows) longest = std::max(longest, row.size());
    std::vector<int64_t> flat;
    for (const auto& row : rows) {
        flat.insert(flat.end(), row.begin(), row.end());
        flat.resize(flat.size() + longest - row.size(), pad);
    }
    return at::tensor(flat, c10::kLong)
        .view({static_cast<int64_t>(rows.size()), static_cast<int64_t>(longest)})
        .to(device);
}

}  // namespace fusionscope::models
