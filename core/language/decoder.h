#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/language/decoder_config.h"
#include "core/language/kv_cache.h"
#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/nn/pass.h"
#include "core/nn/row_table.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::language {

class DecodeStep;

/// A causal language model of the Llama kind: pre-norm layers of grouped-query attention with rotary positions and a
/// gated MLP. Embeddings go in, so pictures' tokens can stand among the words.
///
/// Records "llm/embed", "llm/layer<i>" (the residual stream after layer i), "llm/norm" and "llm/logits".
///
/// A few new tokens behind a cache, and the scores of a few tokens, are computed by kernels of our own wherever
/// DecodeStep takes them, else by LibTorch; the two differ by rounding.
class Decoder {
  public:
    /// Reads a folder with config.json and safetensors weights, or one GGUF file. @throws Error
    static std::unique_ptr<Decoder> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param root where `model.embed_tokens`, `model.layers`, `model.norm` and `lm_head` are
    Decoder(const nn::Weights& root, const DecoderConfig& config);

    const DecoderConfig& config() const { return m_config; }
    /// An empty cache on the model's device, of its type; of fp16 where quantised matrices are computed with in fp32 on
    /// the processor: less exact than that by far less than they are, and half to be read for a token.
    KvCache newCache(int64_t batch = 1) const;

    /// Rows of the embedding: ids [...] int64 → [..., hidden]. Ids must be in range.
    Tensor embed(const Tensor& ids) const;
    /// [1, n, hidden]. @throws Error when an id is outside the vocabulary
    Tensor embed(const std::vector<int64_t>& ids) const;

    /// Reads the next tokens and remembers them.
    /// @param embeddings [batch, n, hidden]
    /// @param promptLength while a prompt is read: its whole length, with what the cache holds and what is yet to come,
    /// so that all of it gets the rotary frequencies of that length, as if it was read in one go (the cached part is
    /// read again when it had others). 0 while tokens are generated: see DecoderConfig::rereadsWhenRopeChanges.
    /// @return hidden states after the last norm, [batch, n, hidden]
    /// @throws Stopped, with the cache as it was, or empty if the text was being read again
    Tensor hidden(const Tensor& embeddings, KvCache& cache, const nn::Pass& pass, int64_t promptLength = 0) const;
    /// Reads the next token of each of several texts, in one pass where DecodeStep takes so many: each text's numbers
    /// are then those of hidden() to the last bit, and the weights are read once for all.
    /// @param embeddings [texts, 1, hidden]; @param caches of the texts, none of them empty
    /// @return hidden states after the last norm, [texts, 1, hidden]
    /// @throws Stopped
    Tensor hiddenOfEach(const Tensor& embeddings, const std::vector<KvCache*>& caches, const nn::Pass& pass) const;
    /// A whole text without a cache; differentiable.
    /// @param embeddings [batch, n, hidden]
    /// @param mask boolean [batch, n], false for padding, or undefined for none; a row's positions count its true
    /// places
    /// @return hidden states after the last norm, [batch, n, hidden]
    Tensor hidden(const Tensor& embeddings, const Tensor& mask, const nn::Pass& pass) const;

    /// The scores of the next token in fp32: hidden [..., hidden] → [..., vocabulary].
    Tensor logits(const Tensor& hidden, const nn::Pass& pass = {}) const;
    /// The scores that a vector of the residual stream would give if the last layer was before it (the logit lens):
    /// normalised, then as logits(). @param stream [..., hidden]
    Tensor lens(const Tensor& stream) const { return logits(m_norm(stream)); }
    /// Only those after the last token: hidden [batch, n, hidden] → [batch, vocabulary].
    Tensor lastLogits(const Tensor& hidden, const nn::Pass& pass = {}) const;

    /// The table [vocabulary, hidden]; beside quantised matrices its numbers may be of a smaller type than type(), and
    /// in a GGUF file whose blocks are kept its rows stay there, or in the output matrix when that is the same one.
    const nn::RowTable& embedding() const { return m_embedding; }
    /// What the passes compute in.
    c10::ScalarType type() const { return m_type; }
    c10::Device device() const { return m_embedding.device(); }
    /// Bytes of all matrices as they are held: what must be read for one token of an answer.
    int64_t matrixBytes() const;

  private:
    class Layer;
    struct Context;

    void readWords(const nn::Weights& table, const nn::Weights& output);
    Context contextBehind(KvCache& cache, int64_t added, int64_t length, c10::ScalarType type) const;
    Tensor run(const Tensor& embeddings, const Context& context, const nn::Pass& pass) const;

    DecoderConfig m_config;
    Rope m_rope;
    nn::RowTable m_embedding;
    c10::ScalarType m_type = c10::kFloat;
    bool m_quantised = false;  // some of the matrices are
    std::vector<std::shared_ptr<const Layer>> m_layers;
    nn::RmsNorm m_norm;
    nn::Linear m_output;
    std::shared_ptr<DecodeStep> m_step;
};

/// One of the large matrices, which int8 and int4 models hold quantised. `source` is the dense tensor it is made from:
/// the same name, but for an output layer that is tied to the embedding.
struct DecoderMatrix {
    std::string name, source;
    int64_t out = 0, in = 0;
};
/// All of them, by the names of the checkpoint.
std::vector<DecoderMatrix> decoderMatrices(const DecoderConfig& config);

}  // namespace fusionscope::language
