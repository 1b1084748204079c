#include "core/vision/florence_projection.h"

#include <ATen/ATen.h>

#include "core/files/error.h"

namespace fusionscope::vision {

namespace {

/// The cosine embedding of frame 0, for checkpoints without the table: sin(0) at even channels, cos(0) at odd ones.
Tensor firstFrame(int64_t width, const nn::WeightOptions& options) {
    const auto type = at::TensorOptions().dtype(options.compute).device(options.device);
    return at::arange(width, type.dtype(c10::kLong)).remainder(2).to(options.compute).unsqueeze(0);
}

}  // namespace

FlorenceProjection::FlorenceProjection(const nn::Weights& weights, const FlorenceProjectionConfig& config)
    : m_config(config),
      m_rows(
          (weights / "image_pos_embed" / "row_embeddings").tensor("weight", {config.positions, config.inputWidth / 2})),
      m_columns((weights / "image_pos_embed" / "column_embeddings")
                    .tensor("weight", {config.positions, config.inputWidth - config.inputWidth / 2})),
      m_projection(weights.tensor("image_projection", {config.inputWidth, config.outputWidth})),
      m_norm(weights / "image_proj_norm", config.outputWidth, 1e-5) {
    const Tensor frames =
        (weights / "visual_temporal_embed").tensorOrNone("pos_idx_to_embed", {config.frames, config.inputWidth});
    m_temporal = frames.defined() ? frames.narrow(0, 0, 1) : firstFrame(config.inputWidth, weights.options());
}

void FlorenceProjection::requirePlaces(int64_t height, int64_t width) const {
    if (height > m_config.positions || width > m_config.positions)
        throw Error(
            concat("the picture gives a grid of ", width, " x ", height, " patches, the checkpoint has positions for ",
                   m_config.positions, " x ", m_config.positions),
            "vision tower", "Use a smaller picture side.");
}

Tensor FlorenceProjection::positions(int64_t height, int64_t width) const {
    requirePlaces(height, width);
    const Tensor columns = m_columns.narrow(0, 0, width).unsqueeze(0).expand({height, width, -1});
    const Tensor rows = m_rows.narrow(0, 0, height).unsqueeze(1).expand({height, width, -1});
    return at::cat({columns, rows}, -1).flatten(0, 1);
}

Tensor FlorenceProjection::withPositions(const TokenGrid& grid) const {
    const auto type = grid.tokens.scalar_type();
    return grid.tokens + positions(grid.height, grid.width).to(type) + m_temporal.to(type);
}

Tensor FlorenceProjection::withPooled(const Tensor& tokens) const {
    return at::cat({tokens.mean(1, true), tokens}, 1);
}

Tensor FlorenceProjection::project(const Tensor& tokens) const {
    return at::matmul(tokens, m_projection.to(tokens.scalar_type()));
}

}  // namespace fusionscope::vision
