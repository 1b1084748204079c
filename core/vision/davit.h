#pragma once

#include <cstdint>
#include <vector>

#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/nn/pass.h"
#include "core/vision/davit_config.h"

namespace fusionscope::vision {

using at::Tensor;

/// Tokens of a picture in row-major order, with the grid they lie on.
struct TokenGrid {
    Tensor tokens;  ///< [batch, height*width, channels]
    int64_t height = 0;
    int64_t width = 0;
};

/// Attention inside windows that do not overlap (DaViT, spatial window attention).
///
/// A grid that the window does not divide is padded with zeros on the right and at the bottom; padded places take part
/// in the attention, as in the reference.
class WindowAttention {
  public:
    WindowAttention(const nn::Weights& weights, int64_t width, int64_t heads, int64_t window);
    Tensor operator()(const TokenGrid& grid) const;

  private:
    int64_t m_heads, m_window;
    nn::Linear m_qkv, m_output;
};

/// Attention between channels inside groups (DaViT, channel group attention): every channel is a token whose features
/// are its values all over the picture. The scores are scaled by tokens^-1/2, found at run time.
class ChannelAttention {
  public:
    ChannelAttention(const nn::Weights& weights, int64_t width, int64_t groups);
    Tensor operator()(const Tensor& tokens) const;

  private:
    int64_t m_groups;
    nn::Linear m_qkv, m_output;
};

/// One of the two halves of a DaViT block: position convolution, attention, position convolution, MLP, each added to
/// its input. `Attention` is WindowAttention or ChannelAttention.
template <class Attention>
class DavitHalf {
  public:
    /// @param weights the place of `conv1`, the attention, `conv2` and `ffn`
    DavitHalf(const nn::Weights& weights, const char* attentionName, int64_t width, const DavitConfig& config,
              Attention attention);
    TokenGrid operator()(const TokenGrid& input) const;

  private:
    Tensor mlp(const Tensor& x) const;

    nn::Conv2d m_position1, m_position2;
    nn::LayerNorm m_norm1, m_norm2;
    Attention m_attention;
    nn::Linear m_fc1, m_fc2;
};

/// A spatial half followed by a channel half.
struct DavitBlock {
    DavitHalf<WindowAttention> spatial;
    DavitHalf<ChannelAttention> channel;
};

/// One stage: a patch embedding that shrinks the grid, then its blocks.
class DavitStage {
  public:
    /// @param weights the tower's place (`convs` and `blocks` lie under it)
    DavitStage(const nn::Weights& weights, const DavitConfig& config, size_t index);

    /// The patch embedding of the first stage. @param pixels [batch, 3, height, width]
    TokenGrid embedPixels(const Tensor& pixels) const;
    /// The patch embedding of a later stage.
    TokenGrid embed(const TokenGrid& input) const;
    const std::vector<DavitBlock>& blocks() const { return m_blocks; }

  private:
    TokenGrid convolve(const Tensor& image) const;

    bool m_normBefore;
    nn::LayerNorm m_norm;
    nn::Conv2d m_patch;
    std::vector<DavitBlock> m_blocks;
};

/// DaViT, the vision backbone of Florence-2 (Ding et al. 2022, arXiv 2204.03645).
///
/// Works on any batch size, picture size, device (also `meta`) and floating type, and can be differentiated. Tokens
/// stay in [batch, tokens, channels] throughout, which the convolutions read as a channels-last picture without
/// copying.
class Davit {
  public:
    /// @param weights the place of `convs` and `blocks` (original Florence-2 names)
    Davit(const nn::Weights& weights, const DavitConfig& config);

    /// @param pixels [batch, 3, height, width], normalised
    /// @return the last stage's tokens; records "tower/davit/stage<i>" [batch, tokens, channels]
    TokenGrid operator()(const Tensor& pixels, const nn::Pass& pass) const;

    const DavitConfig& config() const { return m_config; }
    const std::vector<DavitStage>& stages() const { return m_stages; }

  private:
    DavitConfig m_config;
    std::vector<DavitStage> m_stages;
};

}  // namespace fusionscope::vision
