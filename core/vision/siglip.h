#pragma once

#include <cstdint>
#include <vector>

#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/nn/pass.h"
#include "core/vision/siglip_config.h"

namespace fusionscope::vision {

using at::Tensor;

/// Where the patches of each view stand in the position table, and which of them count.
struct PatchPlaces {
    Tensor ids;    ///< [views, rows*columns] int64, rows of the table
    Tensor valid;  ///< boolean [views, rows*columns], false for padding that nobody attends to; undefined: all count

    /// Idefics3's: the patches that count are spread over the whole table, whatever their number (Laurençon et al.
    /// 2024, arXiv 2408.12637, after NaViT). Padding gets place 0.
    /// @param mask boolean [views, rows, columns] on the processor, true where a patch holds picture: the upper left
    static PatchPlaces spread(const Tensor& mask, int64_t gridSide);
};

/// One pre-norm transformer layer: attention and MLP, each added to its input.
class SiglipLayer {
  public:
    SiglipLayer(const nn::Weights& weights, const SiglipConfig& config);
    /// x [views, patches, width]; @param mask boolean [views, 1, 1, patches] or undefined
    Tensor operator()(Tensor x, const Tensor& mask) const;

  private:
    Tensor attend(const Tensor& x, const Tensor& mask) const;

    int64_t m_heads;
    nn::LayerNorm m_norm1, m_norm2;
    nn::Linear m_queries, m_keys, m_values, m_output, m_fc1, m_fc2;
};

/// Which part of a tower is built and what it returns.
struct SiglipOutput {
    int64_t layers = -1;   ///< how many run, from the first on; −1: all of them
    bool postNorm = true;  ///< the layer norm after the last one
};

/// SigLIP's vision tower (Zhai et al. 2023, arXiv 2303.15343): a transformer over patches without a class token.
///
/// Works on any grid, number of views, device (also `meta`) and floating type, and can be differentiated. Views are
/// encoded together, in groups of a bounded number of patches.
class Siglip {
  public:
    /// @param weights the place of `embeddings`, `encoder` and `post_layernorm` ("vision_model." in published files)
    Siglip(const nn::Weights& weights, const SiglipConfig& config, const SiglipOutput& output = {});

    /// Every patch at its own place; the position table is resized (bicubic) for a grid that is not its own.
    /// @param pixels [views, 3, height, width], normalised, at least one patch high and wide
    /// @return [views, rows*columns, width]; records "tower/siglip/embed", "tower/siglip/layer<i>" (before the last
    /// norm) and "tower/siglip/norm", each of all views at once
    Tensor operator()(const Tensor& pixels, const nn::Pass& pass) const;
    /// The same with the patches' places given.
    Tensor operator()(const Tensor& pixels, const PatchPlaces& places, const nn::Pass& pass) const;

    /// Numbers that are alive at once in the widest layer, for so many views of so many patches each: the layer's
    /// input, its norm, and both sides of the activation function.
    int64_t widestLayer(int64_t views, int64_t patches) const;

    c10::ScalarType type() const { return m_positions.scalar_type(); }
    c10::Device device() const { return m_positions.device(); }

  private:
    int64_t rows(const Tensor& pixels) const { return pixels.size(2) / m_config.patch; }
    int64_t columns(const Tensor& pixels) const { return pixels.size(3) / m_config.patch; }
    /// One row a patch of the grid: [rows*columns, width].
    Tensor positions(int64_t rows, int64_t columns) const;
    /// @param positions [1 or views, patches, width]; @param valid [views, patches] or undefined
    Tensor run(const Tensor& pixels, const Tensor& positions, const Tensor& valid, const nn::Pass& pass) const;
    Tensor runGroup(const Tensor& pixels, const Tensor& positions, const Tensor& valid, const nn::Pass& pass) const;

    SiglipConfig m_config;
    bool m_hasPostNorm;
    nn::Conv2d m_patch;
    Tensor m_positions;  // [gridSide², width]
    std::vector<SiglipLayer> m_layers;
    nn::LayerNorm m_postNorm;
};

/// SigLIP's attention pooling: a learned query looks at all patches once. For comparing pictures with text; the
/// language models do not read it.
class SiglipHead {
  public:
    /// @param weights the place of `probe`, `attention`, `layernorm` and `mlp` ("vision_model.head.")
    SiglipHead(const nn::Weights& weights, const SiglipConfig& config);
    /// @param tokens [views, patches, width] after the last norm → [views, width]
    Tensor operator()(const Tensor& tokens) const;

  private:
    int64_t m_heads;
    Tensor m_probe;  // [1, 1, width]
    nn::Linear m_query, m_keysValues, m_output;
    nn::LayerNorm m_norm;
    nn::Linear m_fc1, m_fc2;
};

}  // namespace fusionscope::vision
