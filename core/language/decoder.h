#pragma once

#include <memory>
#include <vector>

#include "core/language/decoder_config.h"
#include "core/language/kv_cache.h"
#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/nn/pass.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::language {

/// A causal language model of the Llama kind: pre-norm layers of grouped-query attention with rotary positions and a
/// gated MLP. Embeddings go in, so pictures' tokens can stand among the words.
///
/// Records "llm/embed", "llm/layer<i>" (the residual stream after layer i), "llm/norm" and "llm/logits".
class Decoder {
  public:
    /// Reads a folder with config.json and safetensors weights, or one GGUF file. @throws Error
    static std::unique_ptr<Decoder> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param root where `model.embed_tokens`, `model.layers`, `model.norm` and `lm_head` are
    Decoder(const nn::Weights& root, const DecoderConfig& config);

    const DecoderConfig& config() const { return m_config; }
    /// An empty cache of the model's type on its device.
    KvCache newCache(int64_t batch = 1) const;

    /// Rows of the embedding: ids [...] int64 → [..., hidden]. Ids must be in range.
    Tensor embed(const Tensor& ids) const;
    /// [1, n, hidden]. @throws Error when an id is outside the vocabulary
    Tensor embed(const std::vector<int64_t>& ids) const;

    /// Reads the next tokens and remembers them. When a LongRope model crosses its original length here, all tokens are
    /// read again under the long frequencies, so that the cache holds one kind only.
    /// @param embeddings [batch, n, hidden]
    /// @return hidden states after the last norm, [batch, n, hidden]. @throws Stopped, with the cache as it was
    Tensor hidden(const Tensor& embeddings, KvCache& cache, const nn::Pass& pass) const;
    /// A whole text without a cache; differentiable.
    /// @param embeddings [batch, n, hidden]
    /// @param mask boolean [batch, n], false for padding, or undefined for none; a row's positions count its true places
    /// @return hidden states after the last norm, [batch, n, hidden]
    Tensor hidden(const Tensor& embeddings, const Tensor& mask, const nn::Pass& pass) const;

    /// The scores of the next token, in fp32 when not differentiating: hidden [..., hidden] → [..., vocabulary].
    Tensor logits(const Tensor& hidden, const nn::Pass& pass = {}) const;
    /// Only those after the last token: hidden [batch, n, hidden] → [batch, vocabulary].
    Tensor lastLogits(const Tensor& hidden, const nn::Pass& pass = {}) const;

    /// The table [vocabulary, hidden].
    const Tensor& embedding() const { return m_embedding; }
    c10::ScalarType type() const { return m_embedding.scalar_type(); }
    c10::Device device() const { return m_embedding.device(); }

  private:
    class Layer;
    struct Context;

    Tensor run(const Tensor& embeddings, const Context& context, const nn::Pass& pass) const;

    DecoderConfig m_config;
    Rope m_rope;
    Tensor m_embedding;
    std::vector<std::shared_ptr<const Layer>> m_layers;
    nn::RmsNorm m_norm;
    nn::Linear m_output;
};

}  // namespace fusionscope::language
