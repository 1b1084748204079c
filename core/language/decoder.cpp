#include "core/language/decoder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/language/decode_step.h"

namespace fusionscope::language {

/// What all layers of one pass share.
struct Decoder::Context {
    Rotation rotation;
    KvCache* cache = nullptr;
    Tensor mask;  ///< boolean [rows or 1, 1, queries, keys]; undefined when the causal rule or nothing at all will do
    Tensor windowMask;    ///< the same for layers with a window
    bool causal = false;  ///< queries and keys are the same tokens, and `mask` is undefined
    bool windowCausal = false;
};

namespace {

using nn::Linear;
using nn::Weights;

/// Queries, keys and values of all heads: three layers, or one that holds them all (Phi-3).
class Projections {
  public:
    Projections(const Weights& weights, const DecoderConfig& config, nn::LinearFormat format)
        : m_heads(config.heads), m_kvHeads(config.kvHeads), m_headWidth(config.headWidth) {
        const int64_t width = config.hidden, query = m_heads * m_headWidth, key = m_kvHeads * m_headWidth;
        if (config.fusedProjections) {
            m_query = Linear(weights / "qkv_proj", width, query + 2 * key, config.qkvBias, format);
            return;
        }
        m_query = Linear(weights / "q_proj", width, query, config.qkvBias, format);
        m_key = Linear(weights / "k_proj", width, key, config.qkvBias, format);
        m_value = Linear(weights / "v_proj", width, key, config.qkvBias, format);
    }

    struct Heads {
        Tensor queries, keys, values;  // [batch, heads, n, head width]
    };
    Heads operator()(const Tensor& x) const {
        if (m_key.defined())
            return {nn::splitHeads(m_query(x), m_heads), nn::splitHeads(m_key(x), m_kvHeads),
                    nn::splitHeads(m_value(x), m_kvHeads)};
        const Tensor all = nn::splitHeads(m_query(x), m_heads + 2 * m_kvHeads);
        return {all.narrow(1, 0, m_heads), all.narrow(1, m_heads, m_kvHeads),
                all.narrow(1, m_heads + m_kvHeads, m_kvHeads)};
    }
    const Linear& query() const { return m_query; }
    const Linear& key() const { return m_key; }
    const Linear& value() const { return m_value; }

  private:
    int64_t m_heads, m_kvHeads, m_headWidth;
    Linear m_query, m_key, m_value;
};

/// down(silu(gate(x)) · up(x)); gate and up are one layer in Phi-3, gate first.
class GatedMlp {
  public:
    GatedMlp(const Weights& weights, const DecoderConfig& config, nn::LinearFormat format)
        : m_down(weights / "down_proj", config.inner, config.hidden, config.mlpBias, format) {
        if (config.fusedProjections) {
            m_gate = Linear(weights / "gate_up_proj", config.hidden, 2 * config.inner, config.mlpBias, format);
            return;
        }
        m_gate = Linear(weights / "gate_proj", config.hidden, config.inner, config.mlpBias, format);
        m_up = Linear(weights / "up_proj", config.hidden, config.inner, config.mlpBias, format);
    }

    Tensor operator()(const Tensor& x) const {
        if (m_up.defined()) return m_down(at::silu(m_gate(x)) * m_up(x));
        const auto halves = m_gate(x).chunk(2, -1);
        return m_down(at::silu(halves[0]) * halves[1]);
    }
    const Linear& gate() const { return m_gate; }
    const Linear& up() const { return m_up; }
    const Linear& down() const { return m_down; }

  private:
    Linear m_gate, m_up, m_down;
};

/// Which of the keys each query may look at: not later ones, none behind the window, no padding.
/// @param past keys before the first query; @param padding boolean [rows, keys], true for real tokens, or undefined
/// @return boolean [rows or 1, 1, queries, keys]
Tensor visibility(int64_t past, int64_t queries, std::optional<int64_t> window, const Tensor& padding,
                  c10::Device device) {
    const auto places = at::TensorOptions().dtype(c10::kLong).device(device);
    const Tensor key = at::arange(past + queries, places);
    const Tensor query = at::arange(past, past + queries, places).unsqueeze(1);
    Tensor visible = key <= query;  // [queries, keys]
    if (window) visible = visible & (key > query - *window);
    if (!padding.defined()) return visible.unsqueeze(0).unsqueeze(0);
    // A padding token sees itself at least: softmax over nothing is not a number.
    return ((visible & padding.to(c10::kBool).unsqueeze(1)) | (key == query)).unsqueeze(1);
}

}  // namespace

/// One pre-norm layer.
class Decoder::Layer {
  public:
    Layer(const Weights& weights, const DecoderConfig& config, int64_t index, nn::LinearFormat format)
        : m_index(index),
          m_windowed(config.windowOf(index).has_value()),
          m_scale(1.0 / std::sqrt(static_cast<double>(config.headWidth))),
          m_attentionNorm(weights / "input_layernorm", config.hidden, config.epsilon),
          m_projections(weights / "self_attn", config, format),
          m_attentionOutput(weights / "self_attn" / "o_proj", config.heads * config.headWidth, config.hidden,
                            config.outputBias, format),
          m_mlpNorm(weights / "post_attention_layernorm", config.hidden, config.epsilon),
          m_mlp(weights / "mlp", config, format) {
        weights.store().ignore((weights / "self_attn" / "rotary_emb").prefix());  // old files store the frequencies
    }

    Tensor operator()(Tensor x, const Context& context) const {  // [batch, n, hidden]
        x = x + attend(m_attentionNorm(x), context);
        return x + m_mlp(m_mlpNorm(x));
    }
    DecodeStep::Layer weights() const {
        return {m_attentionNorm,   m_projections.query(), m_projections.key(), m_projections.value(),
                m_attentionOutput, m_mlpNorm,             m_mlp.gate(),        m_mlp.up(),
                m_mlp.down()};
    }

  private:
    Tensor attend(const Tensor& x, const Context& context) const {
        auto [queries, keys, values] = m_projections(x);
        queries = rotate(queries, context.rotation);
        keys = rotate(keys, context.rotation);
        if (context.cache) {
            const auto seen = context.cache->append(m_index, keys, values);
            keys = seen.keys;
            values = seen.values;
        }
        const Tensor& mask = m_windowed ? context.windowMask : context.mask;
        const bool causal = m_windowed ? context.windowCausal : context.causal;
        return m_attentionOutput(nn::joinHeads(nn::attention(queries, keys, values, mask, m_scale, causal)));
    }

    int64_t m_index;
    bool m_windowed;
    double m_scale;
    nn::RmsNorm m_attentionNorm;
    Projections m_projections;
    Linear m_attentionOutput;
    nn::RmsNorm m_mlpNorm;
    GatedMlp m_mlp;
};

std::unique_ptr<Decoder> Decoder::load(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    auto config = DecoderConfig::read(folder.json("config.json"), folder.where("config.json"));
    if (const auto generation = folder.jsonIf("generation_config.json"))
        config.addGenerationConfig(*generation, folder.where("generation_config.json"));
    return std::make_unique<Decoder>(Weights(std::make_shared<nn::WeightStore>(folder.tensors(), options)), config);
}

Decoder::Decoder(const Weights& root, const DecoderConfig& config) : m_config(config), m_rope(config.rope) {
    const auto format = root.options().linear;
    const Weights model = root / "model";
    // Before the layers: while the largest matrix is quantised, little else is in memory.
    readWords(model / "embed_tokens", root / "lm_head");
    for (int64_t i = 0; i < config.layers; ++i)
        m_layers.push_back(std::make_shared<const Layer>(model / "layers" / i, config, i, format));
    m_norm = nn::RmsNorm(model / "norm", config.hidden, config.epsilon);
    std::vector<DecodeStep::Layer> weights;
    for (const auto& layer : m_layers) weights.push_back(layer->weights());
    const auto quantised = [](const auto* matrix) { return matrix->linear.quantized() != nullptr; };
    m_quantised = std::ranges::any_of(weights, [&](const auto& layer) {
        return std::ranges::any_of(layer.matrices(), quantised);
    });
    m_step = std::make_shared<DecodeStep>(config, std::move(weights), m_norm, m_output);
}

/// The embedding and the output layer, which may be the same matrix.
void Decoder::readWords(const Weights& table, const Weights& output) {
    const auto& options = table.options();
    const bool dense = options.linear == nn::LinearFormat::Dense;
    const bool tied = m_config.tiedEmbedding && !nn::hasQuantized(output, "weight");
    const std::vector<int64_t> shape{m_config.vocabulary, m_config.hidden};
    const std::string name = table.prefix() + "weight";
    const auto* blocks = table.store().keptBlocks(name);
    m_type = options.compute;
    if (!blocks) {
        m_embedding = nn::RowTable(dense ? table.tensor("weight", shape) : table.compactTensor("weight", shape));
        if (dense) m_type = m_embedding.numbers().scalar_type();
    } else if (!tied) {
        table.store().use(name, shape);
        m_embedding = nn::RowTable(*blocks);
    }
    if (!tied) {
        m_output = Linear(output, m_config.hidden, m_config.vocabulary, false, options.linear);
        return;
    }
    output.store().ignore(output.prefix());  // some files hold a copy
    if (blocks) {
        m_output = Linear(table, m_config.hidden, m_config.vocabulary, false);
        m_embedding = nn::RowTable(m_output);
        return;
    }
    const Tensor& numbers = m_embedding.numbers();
    const bool stays = dense || numbers.is_meta();
    m_output = stays ? Linear(numbers, {}) : Linear(nn::quantize(numbers, options.linear, options.groupSize));
    if (!stays) table.store().release(name);
}

int64_t Decoder::matrixBytes() const {
    int64_t bytes = m_output.bytes();
    for (const auto& layer : m_layers) {
        const auto parts = layer->weights();
        for (const auto* matrix : parts.matrices()) bytes += matrix->linear.bytes();
    }
    return bytes;
}

KvCache Decoder::newCache(int64_t batch) const {
    const bool halves = m_quantised && m_type == c10::kFloat && device().is_cpu();
    return KvCache(m_config, halves ? c10::kHalf : m_type, m_type, device(), batch);
}

Tensor Decoder::embed(const Tensor& ids) const {
    return m_embedding(ids, m_type);
}

Tensor Decoder::embed(const std::vector<int64_t>& ids) const {
    for (int64_t id : ids)
        if (id < 0 || id >= m_config.vocabulary)
            throw Error(concat("token id ", id, " is outside the vocabulary of ", m_config.vocabulary), "prompt",
                        "The tokenizer and the model do not belong together.");
    return embed(at::tensor(ids, c10::kLong).to(device())).unsqueeze(0);
}

Tensor Decoder::hidden(const Tensor& embeddings, KvCache& cache, const nn::Pass& pass, int64_t promptLength) const {
    const int64_t added = embeddings.size(1);
    const int64_t length = std::max(promptLength, cache.length() + added);
    const RopeKind kind = m_rope.kind(length);
    if (cache.length() == 0) {
        cache.ropeKind = kind;
    } else if (cache.ropeKind != kind) {
        if (promptLength > 0 || m_config.rereadsWhenRopeChanges) {
            const Tensor all = at::cat({cache.inputs(), embeddings}, 1);
            cache.truncate(0);
            return hidden(all, cache, pass, length).narrow(1, all.size(1) - added, added);
        }
        cache.ropeKind = RopeKind::Mixed;
    }

    cache.appendInputs(embeddings);
    const Tensor result = m_step->takes(embeddings, cache, pass)
                              ? m_step->hidden(embeddings, {{&cache, added, m_rope.frequencies(length)}}, pass)
                              : run(embeddings, contextBehind(cache, added, length, embeddings.scalar_type()), pass);
    cache.commit(added);
    return result;
}

Tensor Decoder::hiddenOfEach(const Tensor& embeddings, const std::vector<KvCache*>& caches, const nn::Pass& pass) const {
    const bool together = m_step->takes(embeddings, pass) && std::ranges::all_of(caches, [&](const KvCache* cache) {
        return cache->batch() == 1 && cache->device().is_cpu() && cache->length() > 0 &&
               cache->ropeKind == m_rope.kind(cache->length() + 1);
    });
    std::vector<Tensor> rows;
    std::vector<DecodeStep::Run> runs;
    for (size_t i = 0; i < caches.size(); ++i) {
        const Tensor row = embeddings.narrow(0, static_cast<int64_t>(i), 1);
        if (!together) {
            rows.push_back(hidden(row, *caches[i], pass));
            continue;
        }
        caches[i]->appendInputs(row);
        runs.push_back({caches[i], 1, m_rope.frequencies(caches[i]->length() + 1)});
    }
    if (!together) return at::cat(rows);
    const Tensor result = m_step->hidden(embeddings, runs, pass);
    for (KvCache* cache : caches) cache->commit(1);
    return result;
}

/// For new tokens that see those of a cache. @param length of the text whose rotation they get
Decoder::Context Decoder::contextBehind(KvCache& cache, int64_t added, int64_t length, c10::ScalarType type) const {
    const int64_t past = cache.length();
    Context context;
    context.cache = &cache;
    const Tensor positions = at::arange(past, past + added, at::TensorOptions().dtype(c10::kLong).device(device()));
    context.rotation = m_rope.at(positions.unsqueeze(0), length, type);
    const auto mask = [&](std::optional<int64_t> window) {
        const bool bites = window && *window < past + added;
        const bool plain = !bites && (past == 0 || added == 1);
        return plain ? Tensor() : visibility(past, added, window, {}, device());
    };
    context.mask = mask(std::nullopt);
    context.causal = !context.mask.defined() && added > 1;
    if (m_config.slidingWindow) context.windowMask = mask(m_config.slidingWindow);
    context.windowCausal = !context.windowMask.defined() && added > 1;
    return context;
}

Tensor Decoder::hidden(const Tensor& embeddings, const Tensor& mask, const nn::Pass& pass) const {
    const int64_t n = embeddings.size(1);
    Context context;
    const Tensor positions = mask.defined()
                                 ? (mask.to(c10::kLong).cumsum(1) - 1).clamp_min(0)
                                 : at::arange(n, at::TensorOptions().dtype(c10::kLong).device(device())).unsqueeze(0);
    context.rotation = m_rope.at(positions, n, embeddings.scalar_type());
    const auto visible = [&](std::optional<int64_t> window) {
        const bool bites = window && *window < n;
        return bites || mask.defined() ? visibility(0, n, window, mask, device()) : Tensor();
    };
    context.mask = visible(std::nullopt);
    context.causal = !context.mask.defined();
    if (m_config.slidingWindow) context.windowMask = visible(m_config.slidingWindow);
    context.windowCausal = !context.windowMask.defined();
    return run(embeddings, context, pass);
}

Tensor Decoder::run(const Tensor& embeddings, const Context& context, const nn::Pass& pass) const {
    pass.record("llm/embed", embeddings);
    Tensor x = embeddings;
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        x = (*m_layers[i])(x, context);
        if (pass.recorder) pass.record(concat("llm/layer", i), x);
        pass.report(static_cast<double>(i + 1) / static_cast<double>(m_layers.size()));
    }
    x = m_norm(x);
    pass.record("llm/norm", x);
    return x;
}

Tensor Decoder::logits(const Tensor& hidden, const nn::Pass& pass) const {
    const Tensor scores = m_step->takes(hidden, pass) ? m_step->logits(hidden) : m_output(hidden).to(c10::kFloat);
    pass.record("llm/logits", scores);
    return scores;
}

Tensor Decoder::lastLogits(const Tensor& hidden, const nn::Pass& pass) const {
    return logits(hidden.select(1, hidden.size(1) - 1), pass);
}

std::vector<DecoderMatrix> decoderMatrices(const DecoderConfig& config) {
    const int64_t width = config.hidden, query = config.heads * config.headWidth,
                  key = config.kvHeads * config.headWidth;
    std::vector<DecoderMatrix> matrices;
    for (int64_t i = 0; i < config.layers; ++i) {
        const std::string layer = concat("model.layers.", i, '.');
        const auto add = [&](const char* name, int64_t out, int64_t in) {
            matrices.push_back({layer + name + ".weight", layer + name + ".weight", out, in});
        };
        if (config.fusedProjections) {
            add("self_attn.qkv_proj", query + 2 * key, width);
            add("mlp.gate_up_proj", 2 * config.inner, width);
        } else {
            add("self_attn.q_proj", query, width);
            add("self_attn.k_proj", key, width);
            add("self_attn.v_proj", key, width);
            add("mlp.gate_proj", config.inner, width);
            add("mlp.up_proj", config.inner, width);
        }
        add("self_attn.o_proj", width, query);
        add("mlp.down_proj", width, config.inner);
    }
    matrices.push_back({"lm_head.weight", config.tiedEmbedding ? "model.embed_tokens.weight" : "lm_head.weight",
                        config.vocabulary, width});
    return matrices;
}

}  // namespace fusionscope::language
