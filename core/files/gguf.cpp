#include "core/files/gguf.h"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/files/gguf_container.h"
#include "core/files/json.h"
#include "core/files/printable.h"

namespace fusionscope::files {

using nlohmann::json;

namespace {

constexpr Range<int64_t> sizes{1, 1 << 24};

struct Architecture {
    const char* name;
    const char* className;
    bool interleavedRotary;  ///< q and k rows are stored in pairs
};
constexpr std::array<Architecture, 3> architectures{{
    {"llama", "LlamaForCausalLM", true},
    {"qwen2", "Qwen2ForCausalLM", false},
    {"phi3", "Phi3ForCausalLM", false},
}};

const Architecture& architectureNamed(const std::string& name, const std::string& where) {
    for (const auto& known : architectures)
        if (name == known.name) return known;
    throw Error("is of architecture " + inQuotes(name) + ", which is not supported", where,
                "Supported are llama, qwen2 and phi3.");
}

/// Names inside a block of layers. Phi-3's `ffn_up` holds gate and up in one, as its Hugging Face name says.
std::optional<std::string> blockName(std::string_view part, bool fusedFeedForward) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> names{{
        {"attn_norm", "input_layernorm"},
        {"ffn_norm", "post_attention_layernorm"},
        {"attn_q", "self_attn.q_proj"},
        {"attn_k", "self_attn.k_proj"},
        {"attn_v", "self_attn.v_proj"},
        {"attn_qkv", "self_attn.qkv_proj"},
        {"attn_output", "self_attn.o_proj"},
        {"ffn_gate", "mlp.gate_proj"},
        {"ffn_up", "mlp.up_proj"},
        {"ffn_down", "mlp.down_proj"},
    }};
    if (fusedFeedForward && part == "ffn_up") return "mlp.gate_up_proj";
    for (const auto& [gguf, huggingFace] : names)
        if (part == gguf) return std::string(huggingFace);
    return std::nullopt;
}

/// The Hugging Face name of a tensor; a name without a counterpart stays, so that messages can show it.
std::string huggingFaceName(const std::string& name, bool fusedFeedForward) {
    if (name == "token_embd.weight") return "model.embed_tokens.weight";
    if (name == "output_norm.weight") return "model.norm.weight";
    if (name == "output.weight") return "lm_head.weight";
    // blk.LAYER.PART.weight
    const auto layerEnd = name.find('.', 4), partEnd = name.rfind('.');
    if (!name.starts_with("blk.") || layerEnd == name.npos || partEnd <= layerEnd) return name;
    const auto part = blockName(std::string_view(name).substr(layerEnd + 1, partEnd - layerEnd - 1), fusedFeedForward);
    return part ? "model.layers." + name.substr(4, layerEnd - 3) + *part + name.substr(partEnd) : name;
}

/// Values of a small tensor, e.g. rotary factors.
std::vector<float> smallTensor(const GgufContainer& file, const std::string& name) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) return {};
    if (found->second.elements() > 4096)
        throw Error("tensor " + inQuotes(name) + " has shape " + shapeText(found->second.shape), file.where);
    std::vector<float> values(static_cast<std::size_t>(found->second.elements()));
    dequantize(found->second, values);
    for (const float value : values)
        if (!std::isfinite(value) || value <= 0)
            throw Error(concat("tensor ", inQuotes(name), " holds the rotary factor ", value), file.where);
    return values;
}

/// Reads the values of one architecture and says them as config.json does.
class ConfigWriter {
  public:
    ConfigWriter(const GgufContainer& file, const Architecture& architecture)
        : m_file(file), m_fields(file.values, file.where), m_prefix(std::string(architecture.name) + '.') {
        m_config = {{"model_type", architecture.name},
                    {"architectures", {architecture.className}},
                    {"hidden_act", "silu"},
                    {"torch_dtype", "float32"}};
    }

    json run() {
        const auto heads = size("attention.head_count");
        const auto width = size("embedding_length");
        const auto headWidth = sizeOr("attention.key_length", width / heads);
        m_config["hidden_size"] = width;
        m_config["intermediate_size"] = size("feed_forward_length");
        m_config["num_hidden_layers"] = size("block_count");
        m_config["num_attention_heads"] = heads;
        m_config["num_key_value_heads"] = sizeOr("attention.head_count_kv", heads);
        m_config["head_dim"] = headWidth;
        m_config["max_position_embeddings"] = size("context_length");
        m_config["rms_norm_eps"] = m_fields.number(m_prefix + "attention.layer_norm_rms_epsilon", {0, 1});
        m_config["rope_theta"] = m_fields.numberOr(m_prefix + "rope.freq_base", 10000, {1, 1e12});
        m_config["tie_word_embeddings"] = !m_file.tensors.contains("output.weight");
        m_config["vocab_size"] = embedding().shape.at(0);
        const auto rotary = sizeOr("rope.dimension_count", headWidth);
        if (rotary < headWidth) m_config["partial_rotary_factor"] = static_cast<double>(rotary) / static_cast<double>(headWidth);
        if (m_fields.has(m_prefix + "attention.sliding_window")) m_config["sliding_window"] = size("attention.sliding_window");
        writeBiases();
        writeRotaryScaling();
        return std::move(m_config);
    }

  private:
    int64_t size(const char* key) const { return m_fields.integer(m_prefix + key, sizes); }
    int64_t sizeOr(const char* key, int64_t fallback) const { return m_fields.integerOr(m_prefix + key, fallback, sizes); }

    const TensorEntry& embedding() const {
        const auto found = m_file.tensors.find("token_embd.weight");
        if (found == m_file.tensors.end() || found->second.shape.size() != 2)
            throw Error("tensor token_embd.weight is missing or no table", m_file.where, "The file is incomplete.");
        return found->second;
    }

    void writeBiases() {
        if (m_config["model_type"] != "llama") return;
        m_config["attention_bias"] = m_file.tensors.contains("blk.0.attn_q.bias");
        m_config["mlp_bias"] = m_file.tensors.contains("blk.0.ffn_up.bias");
    }

    void writeRotaryScaling() {
        const auto context = size("context_length");
        const auto original = sizeOr("rope.scaling.original_context_length", context);
        auto longFactors = smallTensor(m_file, "rope_factors_long.weight");
        auto shortFactors = smallTensor(m_file, "rope_factors_short.weight");
        auto factors = smallTensor(m_file, "rope_freqs.weight");
        if (longFactors.empty()) longFactors = factors;
        if (shortFactors.empty()) shortFactors = factors;
        if (!longFactors.empty() || !shortFactors.empty()) {
            m_config["original_max_position_embeddings"] = original;
            m_config["rope_scaling"] = {{"rope_type", "longrope"},
                                        {"long_factor", longFactors.empty() ? shortFactors : longFactors},
                                        {"short_factor", shortFactors.empty() ? longFactors : shortFactors},
                                        {"original_max_position_embeddings", original}};
            // Factors for every length change no lengths of vectors; those of Phi-3 do, by the file's own number or by
            // the family's rule.
            if (!factors.empty()) m_config["rope_scaling"]["attention_factor"] = 1.0;
            if (const std::string key = m_prefix + "rope.scaling.attn_factor"; m_fields.has(key))
                m_config["rope_scaling"]["attention_factor"] = m_fields.number(key, {0.01, 100});
            return;
        }
        const std::string type = m_fields.textOr(m_prefix + "rope.scaling.type", "none");
        if (type == "none") return;
        m_config["rope_scaling"] = {{"rope_type", type},
                                    {"factor", m_fields.numberOr(m_prefix + "rope.scaling.factor", 1, {1e-3, 1e6})},
                                    {"original_max_position_embeddings", original}};
    }

    const GgufContainer& m_file;
    Fields m_fields;
    std::string m_prefix;
    json m_config;
};

std::optional<GgufTokenizer> readTokenizer(const GgufContainer& file) {
    const Fields fields(file.values, file.where);
    const auto key = [](const char* name) { return std::string("tokenizer.ggml.") + name; };
    if (!fields.has(key("model"))) return std::nullopt;
    GgufTokenizer tokenizer;
    tokenizer.model = fields.text(key("model"));
    tokenizer.pre = fields.textOr(key("pre"), "");
    tokenizer.tokens = file.texts(key("tokens"));
    tokenizer.merges = file.texts(key("merges"));
    tokenizer.tokenTypes = file.integers(key("token_type"));
    tokenizer.scores = file.numbers(key("scores"));
    tokenizer.chatTemplate = fields.textOr("tokenizer.chat_template", "");
    const auto count = tokenizer.tokens.size();
    if (count == 0) throw Error("key tokenizer.ggml.tokens lists no token", file.where);
    if ((!tokenizer.tokenTypes.empty() && tokenizer.tokenTypes.size() != count) ||
        (!tokenizer.scores.empty() && tokenizer.scores.size() != count))
        throw Error(concat("has ", count, " tokens, but ", tokenizer.tokenTypes.size(), " types and ",
                           tokenizer.scores.size(), " scores"),
                    file.where);
    const auto id = [&](const char* name) -> std::optional<int64_t> {
        if (!fields.has(key(name))) return std::nullopt;
        return fields.integer(key(name), {0, static_cast<int64_t>(count) - 1});
    };
    const auto flag = [&](const char* name) -> std::optional<bool> {
        if (!fields.has(key(name))) return std::nullopt;
        return fields.flag(key(name));
    };
    tokenizer.bos = id("bos_token_id");
    tokenizer.eos = id("eos_token_id");
    tokenizer.pad = id("padding_token_id");
    tokenizer.unknown = id("unknown_token_id");
    tokenizer.addBos = flag("add_bos_token");
    tokenizer.addEos = flag("add_eos_token");
    tokenizer.addSpacePrefix = flag("add_space_prefix");
    return tokenizer;
}

TensorTable renamed(const GgufContainer& file, const Architecture& architecture, const json& config) {
    const bool fused = !file.tensors.contains("blk.0.ffn_gate.weight");
    TensorTable table;
    for (const auto& [name, entry] : file.tensors) {
        if (name == "rope_freqs.weight" || name.starts_with("rope_factors_")) continue;  // part of the config
        TensorEntry tensor = entry;
        const std::string newName = huggingFaceName(name, fused);
        if (architecture.interleavedRotary) {
            if (newName.find(".q_proj.") != newName.npos) tensor.interleavedHeads = config["num_attention_heads"];
            if (newName.find(".k_proj.") != newName.npos) tensor.interleavedHeads = config["num_key_value_heads"];
        }
        if (!table.emplace(newName, std::move(tensor)).second)
            throw Error("tensor " + inQuotes(newName) + " stands twice under different names", file.where);
    }
    return table;
}

}  // namespace

GgufModel readGguf(const std::filesystem::path& path) {
    const auto file = readGgufContainer(path);
    const Fields fields(file.values, file.where);
    const auto& architecture = architectureNamed(fields.text("general.architecture"), file.where);
    GgufModel model;
    model.architecture = architecture.name;
    model.config = ConfigWriter(file, architecture).run();
    model.tensors = renamed(file, architecture, model.config);
    model.tokenizer = readTokenizer(file);
    model.generationConfig = json::object();
    if (model.tokenizer) {
        const auto state = [&](const char* key, const std::optional<int64_t>& id) {
            if (id) model.config[key] = model.generationConfig[key] = *id;
        };
        state("bos_token_id", model.tokenizer->bos);
        state("eos_token_id", model.tokenizer->eos);
        state("pad_token_id", model.tokenizer->pad);
    }
    model.metadata = file.values;
    return model;
}

}  // namespace fusionscope::files
