#include "core/language/bart_decoder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

/// Keys and values of the tokens fed so far, with room that doubles, so that a token is written in place.
class StepCache {
  public:
    /// Writes one more token. @param added [rows, heads, 1, width of a head] each
    KeyValue append(const KeyValue& added) {
        makeRoom(added);
        m_room.keys.narrow(2, m_length, 1).copy_(added.keys);
        m_room.values.narrow(2, m_length, 1).copy_(added.values);
        ++m_length;
        return {m_room.keys.narrow(2, 0, m_length), m_room.values.narrow(2, 0, m_length)};
    }

    void reorder(const std::vector<int64_t>& rows) {
        m_room.keys = reordered(m_room.keys, rows);
        m_room.values = reordered(m_room.values, rows);
    }

  private:
    void makeRoom(const KeyValue& added) {
        const int64_t room = m_room.keys.defined() ? m_room.keys.size(2) : 0;
        if (m_length < room) return;
        m_room.keys = enlarged(m_room.keys, added.keys, std::max<int64_t>(16, 2 * room));
        m_room.values = enlarged(m_room.values, added.values, std::max<int64_t>(16, 2 * room));
    }
    Tensor enlarged(const Tensor& old, const Tensor& like, int64_t room) const {
        Tensor larger = at::empty({like.size(0), like.size(1), room, like.size(3)}, like.options());
        if (m_length > 0) larger.narrow(2, 0, m_length).copy_(old.narrow(2, 0, m_length));
        return larger;
    }
    Tensor reordered(const Tensor& old, const std::vector<int64_t>& rows) const {
        auto sizes = old.sizes().vec();
        sizes[0] = static_cast<int64_t>(rows.size());
        Tensor fresh = at::empty(sizes, old.options());
        for (size_t i = 0; i < rows.size(); ++i)
            fresh[static_cast<int64_t>(i)].narrow(1, 0, m_length).copy_(old[rows[i]].narrow(1, 0, m_length));
        return fresh;
    }

    KeyValue m_room;  // [rows, heads, room, width of a head]
    int64_t m_length = 0;
};

}  // namespace

/// The decoder over one source, one token a step. All rows look at the same source, so its keys and values are made
/// once and the rows are the queries of a single cross-attention.
class BartStepDecoder : public StepDecoder {
  public:
    BartStepDecoder(const BartDecoder& decoder, const Tensor& encoded, const Tensor& encodedMask)
        : m_decoder(decoder),
          m_mask(encodedMask.defined() ? encodedMask.unsqueeze(1).unsqueeze(1) : Tensor()),
          m_caches(decoder.m_layers.size()) {
        for (const auto& layer : decoder.m_layers) m_source.push_back(layer.crossAttention.project(encoded));
    }

    Tensor step(const std::vector<int64_t>& ids, const nn::Pass& pass) override {
        const Tensor column = at::tensor(ids, c10::kLong).unsqueeze(1).to(m_decoder.m_embedding.device());
        Tensor h = m_decoder.embed(column, m_position++);  // [rows, 1, width]
        for (size_t i = 0; i < m_caches.size(); ++i) {
            pass.checkpoint();
            const auto& layer = m_decoder.m_layers[i];
            const KeyValue seen = m_caches[i].append(layer.attention.project(h));
            h = layer.attentionNorm(h + layer.attention.attend(h, seen, {}, false));
            const Tensor looked = layer.crossAttention.attend(h.transpose(0, 1), m_source[i], m_mask, false);
            h = layer.crossAttentionNorm(h + looked.transpose(0, 1));
            h = layer.outputNorm(h + layer.mlp(h));
        }
        return m_decoder.logits(h.squeeze(1));
    }

    void reorder(const std::vector<int64_t>& rows) override {
        for (auto& cache : m_caches) cache.reorder(rows);
    }

  private:
    const BartDecoder& m_decoder;
    Tensor m_mask;
    std::vector<KeyValue> m_source;
    std::vector<StepCache> m_caches;
    int64_t m_position = 0;
};

BartDecoder::BartDecoder(const nn::Weights& weights, const BartConfig& config, Tensor embedding, Tensor logitsBias)
    : m_embeddingScale(config.scaleEmbedding ? std::sqrt(static_cast<double>(config.width)) : 1.0),
      m_embedding(std::move(embedding)),
      m_logitsBias(std::move(logitsBias)),
      m_positions((weights / "embed_positions").tensor("weight", {config.decoderPositions, config.width})),
      m_embeddingNorm(weights / "layernorm_embedding", config.width, config.epsilon) {
    for (int64_t i = 0; i < config.decoderLayers; ++i) {
        const auto layer = weights / "layers" / i;
        const auto norm = [&](const char* name) { return nn::LayerNorm(layer / name, config.width, config.epsilon); };
        m_layers.push_back(
            {BartAttention(layer / "self_attn", config.width, config.decoderHeads), norm("self_attn_layer_norm"),
             BartAttention(layer / "encoder_attn", config.width, config.decoderHeads), norm("encoder_attn_layer_norm"),
             BartMlp(layer, config.width, config.decoderInner), norm("final_layer_norm")});
    }
}

Tensor BartDecoder::embed(const Tensor& ids, int64_t first) const {
    const Tensor words = nn::embedding(m_embedding, ids);
    const Tensor positions = m_positions.narrow(0, BartConfig::positionOffset + first, ids.size(1));
    return m_embeddingNorm((m_embeddingScale == 1.0 ? words : words * m_embeddingScale) + positions);
}

Tensor BartDecoder::operator()(const Tensor& ids, const Tensor& encoded, const Tensor& encodedMask,
                               const nn::Pass& pass, const LayerWatcher& watch) const {
    if (ids.size(1) > longest())
        throw Error(concat("the text is ", ids.size(1), " tokens, the decoder reads ", longest(), " at most"),
                    "Florence-2 decoder");
    const Tensor visible = encodedMask.defined() ? encodedMask.unsqueeze(1).unsqueeze(1) : Tensor();
    Tensor h = embed(ids, 0).to(encoded.scalar_type());
    if (watch) watch(0, h);
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        const auto& layer = m_layers[i];
        h = layer.attentionNorm(h + layer.attention.self(h, {}, true));
        h = layer.crossAttentionNorm(
            h + layer.crossAttention.attend(h, layer.crossAttention.project(encoded), visible, false));
        h = layer.outputNorm(h + layer.mlp(h));
        if (watch) watch(static_cast<int64_t>(i) + 1, h);
        pass.report(static_cast<double>(i + 1) / static_cast<double>(m_layers.size()));
    }
    return h;
}

Tensor BartDecoder::logits(const Tensor& hidden) const {
    const auto type = hidden.scalar_type();
    const Tensor bias = m_logitsBias.defined() ? m_logitsBias.flatten().to(type) : Tensor();
    return at::linear(hidden, m_embedding.to(type), bias);
}

std::unique_ptr<StepDecoder> BartDecoder::start(const Tensor& encoded, const Tensor& encodedMask,
                                                int64_t longestText) const {
    if (longestText > longest())
        throw Error(
            concat("a text of ", longestText, " tokens was asked for, the decoder reads ", longest(), " at most"),
            "Florence-2 decoder", "Ask for fewer new tokens.");
    return std::make_unique<BartStepDecoder>(*this, encoded, encodedMask);
}

}  // namespace fusionscope::language
