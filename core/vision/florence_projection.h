#pragma once

#include "core/nn/layers.h"
#include "core/nn/pass.h"
#include "core/vision/davit.h"

namespace fusionscope::vision {

/// Sizes of the step from DaViT's tokens to the encoder's input.
struct FlorenceProjectionConfig {
    int64_t inputWidth = 0;   ///< channels of DaViT's last stage
    int64_t outputWidth = 0;  ///< width of the encoder
    int64_t positions = 50;   ///< rows of each of the two position tables: the largest grid side
    int64_t frames = 100;     ///< rows of the temporal table
};

/// Florence-2's step from DaViT tokens to V: learned 2-D positions, the cosine embedding of frame 0, a pooled token in
/// front, a linear projection, a layer normalisation (Xiao et al. 2023, arXiv 2311.06242; Florence-2's published
/// model).
class FlorenceProjection {
  public:
    /// Reads image_pos_embed, visual_temporal_embed (recomputed when absent), image_projection, image_proj_norm.
    FlorenceProjection(const nn::Weights& weights, const FlorenceProjectionConfig& config);

    /// V with the pooled token as row 0: [batch, 1 + tokens, outputWidth]
    Tensor operator()(const TokenGrid& grid) const { return m_norm(project(withPooled(withPositions(grid)))); }

    /// @throws Error when the position tables have no places for such a grid
    void requirePlaces(int64_t height, int64_t width) const;
    /// One row a place of the grid, column half first: [height*width, inputWidth]. @throws Error when too large
    Tensor positions(int64_t height, int64_t width) const;
    /// What is added to every token of a still picture: [1, inputWidth]
    Tensor temporal() const { return m_temporal; }
    Tensor withPositions(const TokenGrid& grid) const;
    /// The mean over the tokens in front of them.
    Tensor withPooled(const Tensor& tokens) const;
    /// Without bias, before the normalisation.
    Tensor project(const Tensor& tokens) const;
    const FlorenceProjectionConfig& config() const { return m_config; }

  private:
    FlorenceProjectionConfig m_config;
    Tensor m_rows, m_columns;  // [positions, inputWidth/2] each
    Tensor m_temporal;
    Tensor m_projection;  // [inputWidth, outputWidth]
    nn::LayerNorm m_norm;
};

}  // namespace fusionscope::vision
