#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/language/decoder_config.h"
#include "core/language/kv_cache.h"
#include "core/nn/kernels/attention.h"
#include "core/nn/kernels/team.h"
#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/nn/pass.h"

namespace fusionscope::language {

/// A decoder's passes over a few new tokens on the processor, in kernels of our own from the embedding to the scores,
/// by a team of threads of their own: with so few tokens, starting LibTorch's operations takes a small model longer
/// than computing them.
///
/// Between the kernels everything is fp32. So a bf16 model, which LibTorch rounds after every operation, is computed
/// more exactly here; its cache is bf16 all the same. A token's bits do not depend on which others are computed with it,
/// so several at once give exactly what they give one by one.
class DecodeStep {
  public:
    /// A linear layer, and where its weights lie if there are kernels for them.
    struct Matrix {
        Matrix(const nn::Linear& from) : linear(from), view(from.defined() ? from.kernelView() : std::nullopt) {}

        nn::Linear linear;
        std::optional<nn::kernels::MatrixView> view;
    };
    /// Of key, value and up none is defined where query and gate hold them too (Phi-3).
    struct Layer {
        nn::RmsNorm attentionNorm;
        Matrix query, key, value, attentionOutput;
        nn::RmsNorm mlpNorm;
        Matrix gate, up, down;

        std::array<const Matrix*, 7> matrices() const { return {&query, &key, &value, &attentionOutput, &gate, &up, &down}; }
    };
    /// So many tokens at once; more are for LibTorch.
    static constexpr int64_t mostRows = nn::fewRows;

    DecodeStep(const DecoderConfig& config, std::vector<Layer> layers, nn::RmsNorm norm, const nn::Linear& output);

    /// Whether a pass can go this way: a few rows on the processor, in fp32 or bf16, that nobody records or
    /// differentiates, through matrices for which there are kernels. @param x [..., hidden]
    bool takes(const Tensor& x, const nn::Pass& pass) const;
    /// The same with a cache that the new tokens are to be written to. @param embeddings [batch, n, hidden]
    bool takes(const Tensor& embeddings, const KvCache& cache, const nn::Pass& pass) const;

    /// New tokens of one text.
    struct Run {
        KvCache* cache;      ///< they are written behind its tokens, without being committed
        int64_t rows;        ///< so many
        Tensor frequencies;  ///< of their rotation, [width/2] fp32
    };
    /// @param embeddings [.., hidden]: one text's new tokens after the other's
    /// @return hidden states after the last norm, in the shape of the embeddings
    /// @throws Stopped
    Tensor hidden(const Tensor& embeddings, const std::vector<Run>& runs, const nn::Pass& pass);
    /// Scores in fp32: hidden [..., hidden] → [..., vocabulary].
    Tensor logits(const Tensor& hidden);

  private:
    /// A matrix to multiply with, and where the product goes.
    struct Target {
        const Matrix& weight;
        float* y;  ///< [rows, out]
    };
    struct Product {
        nn::kernels::MatrixView matrix;
        const nn::kernels::Activations* x;
        const float* bias;  ///< or null
        float* y;

        /// Computes columns [first, last) of y.
        void operator()(int64_t first, int64_t last) const;
    };
    /// A head's numbers among those of a row.
    struct Heads {
        const float* first;
        int64_t stride;  ///< from row to row
    };

    /// A run's attention, and where its numbers lie among those of all.
    struct Text {
        nn::kernels::CacheAttention attention;
        int64_t firstRow;
        int64_t firstShare;  ///< of the team's work: parts of its heads
        int64_t firstFound;
    };

    void begin(const Tensor& x);
    void rotation(const std::vector<Run>& runs);
    void normalise(const nn::RmsNorm& norm);
    void prepare(const float* x, std::initializer_list<Target> targets);
    template <class Then>
    void multiply(const Then& then);
    void addProduct(const Matrix& weight, const float* x);
    void attend(const Layer& layer, int64_t index, const std::vector<Run>& runs);
    void rotateAndStore(int64_t index, const std::vector<Run>& runs, Heads queries, Heads keys, Heads values);
    void attendCaches(int64_t index, const std::vector<Run>& runs);
    void mlp(const Layer& layer);
    int64_t grainOf(int64_t columns, int64_t weightsPerColumn) const;
    static int64_t grainFor(int64_t work);

    DecoderConfig m_config;
    std::vector<Layer> m_layers;
    nn::RmsNorm m_norm;
    Matrix m_output;
    bool m_fits;  ///< there are kernels for all of it

    std::mutex m_mutex;  ///< guards everything below
    std::unique_ptr<nn::kernels::Team> m_team;
    int m_threads = 0;  ///< that were asked for
    int64_t m_rows = 0;
    std::vector<float> m_stream;                ///< the residual stream, [rows, hidden]
    std::vector<float> m_normed;                ///< [rows, hidden]
    std::vector<float> m_cosines, m_sines;      ///< [rows, rotated width / 2]
    std::vector<float> m_projected, m_queries;  ///< of all heads
    std::vector<Text> m_texts;
    std::vector<float> m_found, m_attended;     ///< see CacheAttention; [rows, heads, head width]
    std::vector<float> m_gates, m_inner;        ///< gate and up; [rows, inner]
    std::vector<float> m_added;                 ///< [rows, hidden]
    std::vector<float> m_weight;                ///< of a norm, if it is not fp32
    std::vector<Product> m_products;
    std::array<nn::kernels::Activations, 3> m_activations;
    std::array<std::vector<float>, 3> m_biases;
};

}  // namespace fusionscope::language
