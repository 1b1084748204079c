#include "core/vision/davit.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <cmath>
#include <string>

namespace fusionscope::vision {

namespace {

/// The tokens as a picture [batch, channels, height, width] in channels-last memory: a view.
Tensor asImage(const TokenGrid& grid) {
    return grid.tokens.unflatten(1, {grid.height, grid.width}).permute({0, 3, 1, 2});
}

/// A picture as row-major tokens; a view when the picture is channels-last in memory.
TokenGrid asTokens(const Tensor& image) {
    return {image.permute({0, 2, 3, 1}).flatten(1, 2), image.size(2), image.size(3)};
}

/// Pixels missing to the next multiple of the window.
int64_t missing(int64_t side, int64_t window) {
    return (window - side % window) % window;
}

Tensor convolveTokens(const nn::Conv2d& convolution, const TokenGrid& grid) {
    return asTokens(convolution(asImage(grid))).tokens;
}

int64_t patchInput(const DavitConfig& config, size_t index) {
    return index == 0 ? config.channels : config.stages[index - 1].width;
}

}  // namespace

WindowAttention::WindowAttention(const nn::Weights& weights, int64_t width, int64_t heads, int64_t window)
    : m_heads(heads),
      m_window(window),
      m_qkv(weights / "qkv", width, 3 * width, true),
      m_output(weights / "proj", width, width, true) {}

Tensor WindowAttention::operator()(const TokenGrid& grid) const {
    const int64_t batch = grid.tokens.size(0), width = grid.tokens.size(2), area = m_window * m_window;
    Tensor image = grid.tokens.unflatten(1, {grid.height, grid.width});
    const int64_t below = missing(grid.height, m_window), right = missing(grid.width, m_window);
    if (below || right) image = at::constant_pad_nd(image, {0, 0, 0, right, 0, below});
    const int64_t rows = image.size(1) / m_window, columns = image.size(2) / m_window;

    const Tensor windows = image.view({batch, rows, m_window, columns, m_window, width})
                               .transpose(2, 3)
                               .reshape({batch * rows * columns, area, width});
    const auto qkv = m_qkv(windows).view({-1, area, 3, m_heads, width / m_heads}).permute({2, 0, 3, 1, 4}).unbind();
    const double scale = 1.0 / std::sqrt(static_cast<double>(width / m_heads));
    const Tensor attended = m_output(nn::joinHeads(nn::attention(qkv[0], qkv[1], qkv[2], {}, scale)));

    image = attended.view({batch, rows, columns, m_window, m_window, width})
                .transpose(2, 3)
                .reshape({batch, rows * m_window, columns * m_window, width});
    if (below || right) image = image.narrow(1, 0, grid.height).narrow(2, 0, grid.width);
    return image.flatten(1, 2);
}

ChannelAttention::ChannelAttention(const nn::Weights& weights, int64_t width, int64_t groups)
    : m_groups(groups),
      m_qkv(weights / "qkv", width, 3 * width, true),
      m_output(weights / "proj", width, width, true) {}

Tensor ChannelAttention::operator()(const Tensor& tokens) const {
    const int64_t batch = tokens.size(0), count = tokens.size(1), width = tokens.size(2), part = width / m_groups;
    const auto qkv = m_qkv(tokens).view({batch, count, 3, m_groups, part}).permute({2, 0, 3, 1, 4}).unbind();
    // [batch*groups, tokens, part] each
    const Tensor q = qkv[0].flatten(0, 1), k = qkv[1].flatten(0, 1), v = qkv[2].flatten(0, 1);
    const auto attend = [&] {
        RECORD_USER_SCOPE("attention");
        // The scale is applied inside the product: half precision would overflow on a large picture's sums.
        const double scale = 1.0 / std::sqrt(static_cast<double>(count));
        const Tensor scores = at::baddbmm(at::zeros({1}, tokens.options()), q.mT(), k, 0, scale);
        return at::bmm(scores.softmax(-1), v.mT());
    };
    const Tensor attended = attend();  // [batch*groups, part, tokens]
    return m_output(attended.view({batch, width, count}).mT());
}

template <class Attention>
DavitHalf<Attention>::DavitHalf(const nn::Weights& weights, const char* attentionName, int64_t width,
                                const DavitConfig& config, Attention attention)
    : m_position1(weights / "conv1" / "fn" / "dw", width, width, 3, 1, 1, width),
      m_position2(weights / "conv2" / "fn" / "dw", width, width, 3, 1, 1, width),
      m_norm1(weights / attentionName / "norm", width, config.epsilon),
      m_norm2(weights / "ffn" / "norm", width, config.epsilon),
      m_attention(std::move(attention)),
      m_fc1(weights / "ffn" / "fn" / "net" / "fc1", width, config.mlpRatio * width, true),
      m_fc2(weights / "ffn" / "fn" / "net" / "fc2", config.mlpRatio * width, width, true) {}

template <class Attention>
TokenGrid DavitHalf<Attention>::operator()(const TokenGrid& input) const {
    TokenGrid x = input;
    x.tokens = x.tokens + convolveTokens(m_position1, x);
    if constexpr (std::is_same_v<Attention, WindowAttention>)
        x.tokens = x.tokens + m_attention({m_norm1(x.tokens), x.height, x.width});
    else
        x.tokens = x.tokens + m_attention(m_norm1(x.tokens));
    x.tokens = x.tokens + convolveTokens(m_position2, x);
    x.tokens = x.tokens + mlp(m_norm2(x.tokens));
    return x;
}

template <class Attention>
Tensor DavitHalf<Attention>::mlp(const Tensor& x) const {
    return m_fc2(at::gelu(m_fc1(x)));
}

template class DavitHalf<WindowAttention>;
template class DavitHalf<ChannelAttention>;

DavitStage::DavitStage(const nn::Weights& weights, const DavitConfig& config, size_t index)
    : m_normBefore(config.stages[index].normBefore),
      m_norm(weights / "convs" / static_cast<int64_t>(index) / "norm",
             m_normBefore ? patchInput(config, index) : config.stages[index].width, config.epsilon),
      m_patch(weights / "convs" / static_cast<int64_t>(index) / "proj", patchInput(config, index),
              config.stages[index].width, config.stages[index].patch, config.stages[index].stride,
              config.stages[index].padding) {
    const auto& stage = config.stages[index];
    for (int64_t i = 0; i < stage.depth; ++i) {
        const auto block = weights / "blocks" / static_cast<int64_t>(index) / i;
        const auto spatial = block / "spatial_block", channel = block / "channel_block";
        m_blocks.push_back({{spatial, "window_attn", stage.width, config,
                             WindowAttention(spatial / "window_attn" / "fn", stage.width, stage.heads, config.window)},
                            {channel, "channel_attn", stage.width, config,
                             ChannelAttention(channel / "channel_attn" / "fn", stage.width, stage.groups)}});
    }
}

TokenGrid DavitStage::embedPixels(const Tensor& pixels) const {
    return convolve(pixels);
}

TokenGrid DavitStage::embed(const TokenGrid& input) const {
    return convolve(asImage(m_normBefore ? TokenGrid{m_norm(input.tokens), input.height, input.width} : input));
}

TokenGrid DavitStage::convolve(const Tensor& image) const {
    TokenGrid grid = asTokens(m_patch(image));
    grid.tokens = m_normBefore ? grid.tokens.contiguous() : m_norm(grid.tokens);
    return grid;
}

Davit::Davit(const nn::Weights& weights, const DavitConfig& config) : m_config(config) {
    for (size_t i = 0; i < config.stages.size(); ++i) m_stages.emplace_back(weights, config, i);
}

TokenGrid Davit::operator()(const Tensor& pixels, const nn::Pass& pass) const {
    double blocks = 0, done = 0;
    for (const auto& stage : m_stages) blocks += static_cast<double>(stage.blocks().size());

    TokenGrid grid;
    for (size_t i = 0; i < m_stages.size(); ++i) {
        const std::string name = "tower/davit/stage" + std::to_string(i);
        RECORD_USER_SCOPE(name);
        grid = i == 0 ? m_stages[i].embedPixels(pixels) : m_stages[i].embed(grid);
        for (const auto& block : m_stages[i].blocks()) {
            pass.checkpoint();
            grid = block.spatial(grid);
            pass.checkpoint();
            grid = block.channel(grid);
            pass.report(++done / blocks);
        }
        pass.record(name, grid.tokens);
    }
    return grid;
}

}  // namespace fusionscope::vision
