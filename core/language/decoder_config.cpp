#include "core/language/decoder_config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/printable.h"

namespace fusionscope::language {

namespace {

using files::Fields;

constexpr files::Range<int64_t> width{1, int64_t{1} << 20};
constexpr files::Range<int64_t> count{1, 4096};
constexpr files::Range<int64_t> length{1, int64_t{1} << 30};
constexpr files::Range<double> stretch{1e-6, 1e6};
constexpr int64_t largestVocabulary = int64_t{1} << 24;

enum class Family { Llama, Phi3, Qwen2 };

std::optional<Family> familyOf(const std::string& modelType) {
    if (modelType == "llama" || modelType == "llava_llama") return Family::Llama;
    if (modelType == "phi3" || modelType == "llava_phi") return Family::Phi3;
    if (modelType == "qwen2" || modelType == "llava_qwen") return Family::Qwen2;
    return std::nullopt;
}

/// Ids under a key; some files write −1 for none.
std::vector<int64_t> idsOf(const Fields& fields, const char* key) {
    auto ids = fields.integers(key, {-1, largestVocabulary});
    std::erase(ids, -1);
    return ids;
}

std::optional<int64_t> idOf(const Fields& fields, const char* key, std::optional<int64_t> fallback) {
    if (!fields.json().contains(key)) return fallback;
    const auto ids = idsOf(fields, key);
    return ids.empty() ? std::nullopt : std::optional(ids.front());
}

RopeScaling scalingOf(const Fields& fields, Family family) {
    const std::string type = fields.textOr("rope_type", fields.textOr("type", "default"));
    if (type == "default") return RopeScaling::None;
    if (type == "linear") return RopeScaling::Linear;
    if (type == "dynamic") return RopeScaling::Dynamic;
    if (type == "llama3") return RopeScaling::Llama3;
    if (type == "longrope" || type == "su") return RopeScaling::LongRope;
    // Early Phi-3 files call their LongRope "yarn".
    if (type == "yarn" && family == Family::Phi3) return RopeScaling::LongRope;
    throw Error(concat("rotary scaling of type ", files::inQuotes(type), " is not known"), fields.where(),
                "Known are default, linear, dynamic, llama3 and longrope.");
}

std::vector<double> divisors(const Fields& fields, const char* key, int64_t frequencies) {
    const auto values = fields.numbers(key, {1e-6, 1e9});
    if (static_cast<int64_t>(values.size()) != frequencies)
        fields.refuse(key, concat("has ", values.size(), " numbers, expected ", frequencies,
                                  ", half the rotated width of a head"));
    return values;
}

void readLlama3(RopeConfig& rope, const Fields& scaling) {
    rope.factor = scaling.number("factor", stretch);
    rope.lowFrequencyFactor = scaling.number("low_freq_factor", stretch);
    rope.highFrequencyFactor = scaling.number("high_freq_factor", stretch);
    rope.originalLength = scaling.integer("original_max_position_embeddings", length);
    if (rope.highFrequencyFactor <= rope.lowFrequencyFactor)
        scaling.refuse("high_freq_factor", "is not more than low_freq_factor");
}

/// Without a stated amplitude it is sqrt(1 + ln r / ln L) for a stretch of r over a length of L (arXiv 2402.13753).
void readLongRope(RopeConfig& rope, const Fields& scaling, const Fields& fields, Family family, int64_t longest) {
    rope.shortFactors = divisors(scaling, "short_factor", rope.width / 2);
    rope.longFactors = divisors(scaling, "long_factor", rope.width / 2);
    const char* key = "original_max_position_embeddings";
    const int64_t usual = family == Family::Phi3 ? 4096 : longest;
    rope.originalLength = scaling.integerOr(key, fields.integerOr(key, usual, {2, length.most}), {2, length.most});
    rope.factor =
        scaling.numberOr("factor", static_cast<double>(longest) / static_cast<double>(rope.originalLength), stretch);
    const double usualMagnitude =
        rope.factor <= 1.0
            ? 1.0
            : std::sqrt(1.0 + std::log(rope.factor) / std::log(static_cast<double>(rope.originalLength)));
    rope.magnitude = scaling.numberOr("attention_factor", usualMagnitude, stretch);
}

RopeConfig readRope(const Fields& fields, Family family, int64_t headWidth, int64_t longest) {
    // The newest files put everything about rotation in one object.
    const auto merged = fields.objectIf("rope_parameters");
    const auto separate = fields.objectIf("rope_scaling");
    const nlohmann::json nothing = nlohmann::json::object();
    const Fields scaling = merged ? *merged : separate ? *separate : Fields(nothing, fields.where());

    RopeConfig rope;
    rope.base = scaling.numberOr("rope_theta", fields.numberOr("rope_theta", 10000.0, {1.0, 1e12}), {1.0, 1e12});
    const char* share = "partial_rotary_factor";
    const double rotated = scaling.numberOr(share, fields.numberOr(share, 1.0, {0.0, 1.0}), {0.0, 1.0});
    rope.width = static_cast<int64_t>(static_cast<double>(headWidth) * rotated);
    if (rope.width < 2 || rope.width % 2 != 0)
        throw Error(concat("the rotated part of a head is ", rope.width, " wide, expected an even number from 2 on"),
                    fields.where(), "Check hidden_size, num_attention_heads, head_dim and partial_rotary_factor.");

    rope.scaling = scalingOf(scaling, family);
    switch (rope.scaling) {
        case RopeScaling::None:
            break;
        case RopeScaling::Linear:
            rope.factor = scaling.number("factor", stretch);
            break;
        case RopeScaling::Dynamic:
            rope.factor = scaling.number("factor", {1.0, 1e6});
            rope.originalLength = longest;
            if (rope.width < 4) throw Error("dynamic rotary scaling needs heads from 4 columns on", fields.where());
            break;
        case RopeScaling::Llama3:
            readLlama3(rope, scaling);
            break;
        case RopeScaling::LongRope:
            readLongRope(rope, scaling, fields, family, longest);
            break;
    }
    return rope;
}

void readShape(DecoderConfig& out, const Fields& fields, Family family) {
    const bool phi = family == Family::Phi3, qwen = family == Family::Qwen2;
    out.vocabulary = fields.integerOr("vocab_size", qwen ? 151936 : phi ? 32064 : 32000, {1, largestVocabulary});
    out.hidden = fields.integerOr("hidden_size", phi ? 3072 : 4096, width);
    out.inner = fields.integerOr("intermediate_size", qwen ? 22016 : phi ? 8192 : 11008, width);
    out.layers = fields.integerOr("num_hidden_layers", 32, count);
    out.heads = fields.integerOr("num_attention_heads", 32, count);
    // Absent and null differ here for Qwen2 alone.
    const bool left32 = qwen && !fields.json().contains("num_key_value_heads");
    out.kvHeads = fields.integerOr("num_key_value_heads", left32 ? 32 : out.heads, count);
    if (out.heads % out.kvHeads != 0)
        fields.refuse("num_key_value_heads",
                      concat("is ", out.kvHeads, ", expected a divisor of num_attention_heads, ", out.heads));
    if (family == Family::Llama && fields.has("head_dim")) {
        out.headWidth = fields.integer("head_dim", {2, 8192});
    } else {
        if (out.hidden % out.heads != 0)
            fields.refuse("hidden_size",
                          concat("is ", out.hidden, ", expected a multiple of num_attention_heads, ", out.heads));
        out.headWidth = out.hidden / out.heads;
    }
    out.longest = fields.integerOr("max_position_embeddings", qwen ? 32768 : phi ? 4096 : 2048, length);
    out.epsilon = fields.numberOr("rms_norm_eps", phi ? 1e-5 : 1e-6, {0.0, 1.0});
}

void readBiases(DecoderConfig& out, const Fields& fields, Family family) {
    const bool llama = family == Family::Llama;
    out.fusedProjections = family == Family::Phi3;
    out.outputBias = llama && fields.flagOr("attention_bias", false);
    out.qkvBias = family == Family::Qwen2 || out.outputBias;
    out.mlpBias = llama && fields.flagOr("mlp_bias", false);
    out.tiedEmbedding = fields.flagOr("tie_word_embeddings", false);
}

void readWindow(DecoderConfig& out, const Fields& fields, Family family) {
    const int64_t window = fields.integerOr("sliding_window", family == Family::Qwen2 ? 4096 : 0, {0, length.most});
    const bool slides =
        family == Family::Phi3 || (family == Family::Qwen2 && fields.flagOr("use_sliding_window", false));
    if (!slides || window == 0) return;
    out.slidingWindow = window;
    if (family == Family::Qwen2) out.firstSlidingLayer = fields.integerOr("max_window_layers", 28, {0, count.most});
}

void readIds(DecoderConfig& out, const Fields& fields, Family family) {
    const bool phi = family == Family::Phi3, qwen = family == Family::Qwen2;
    if (fields.json().contains("eos_token_id"))
        out.endIds = idsOf(fields, "eos_token_id");
    else if (!qwen)
        out.endIds = {phi ? 32000 : 2};
    out.beginId = idOf(fields, "bos_token_id", qwen ? std::nullopt : std::optional<int64_t>(1));
    out.padId = idOf(fields, "pad_token_id", phi ? std::optional<int64_t>(32000) : std::nullopt);
}

}  // namespace

bool DecoderConfig::knows(const std::string& modelType) {
    return familyOf(modelType).has_value();
}

DecoderConfig DecoderConfig::read(const nlohmann::json& config, const std::string& where) {
    const Fields outer(config, where);
    const Fields fields = outer.objectIf("text_config").value_or(outer);
    const std::string type = fields.text("model_type");
    const auto family = familyOf(type);
    if (!family)
        throw Error(concat("model_type ", files::inQuotes(type), " is not a decoder that this program knows"), where,
                    "Known are llama (also SmolLM2), phi3 and qwen2.");

    DecoderConfig out;
    readShape(out, fields, *family);
    out.rope = readRope(fields, *family, out.headWidth, out.longest);
    readBiases(out, fields, *family);
    readWindow(out, fields, *family);
    readIds(out, fields, *family);
    out.rereadsWhenRopeChanges = !type.starts_with("llava_");
    if (fields.textOr("hidden_act", "silu") != "silu")
        fields.refuse("hidden_act", "is not \"silu\", the only activation of these families");
    return out;
}

void DecoderConfig::addGenerationConfig(const nlohmann::json& generation, const std::string& where) {
    for (int64_t id : idsOf(Fields(generation, where), "eos_token_id"))
        if (std::find(endIds.begin(), endIds.end(), id) == endIds.end()) endIds.push_back(id);
}

int64_t DecoderConfig::parameters() const {
    const int64_t queryWidth = heads * headWidth, keyWidth = kvHeads * headWidth;
    int64_t layer = hidden * (queryWidth + 2 * keyWidth) + queryWidth * hidden + 3 * hidden * inner + 2 * hidden;
    if (qkvBias) layer += queryWidth + 2 * keyWidth;
    if (outputBias) layer += hidden;
    if (mlpBias) layer += 2 * inner + hidden;
    return layers * layer + (tiedEmbedding ? 1 : 2) * vocabulary * hidden + hidden;
}

}  // namespace fusionscope::language
