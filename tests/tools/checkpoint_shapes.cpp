#include <array>
#include <cmath>
#include <fstream>

#include "core/files/error.h"
#include "tests/tools/checkpoint_plan.h"

namespace fusionscope::tools {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// A causal language model. Phi-3 keeps its projections fused.
struct DecoderShape {
    int64_t vocabulary, hidden, inner, layers, heads, kvHeads, headWidth;
    bool fused = false, tied = false;
};

struct FlorenceShape {
    std::array<int64_t, 4> channels, depths;
    int64_t width, layers, inner, vocabulary;  // of the BART encoder and decoder
    int64_t side = 768;                        // of the picture, in pixels
};

constexpr DecoderShape phi35{32064, 3072, 8192, 32, 32, 32, 96, true};
constexpr DecoderShape llama1b{128256, 2048, 8192, 16, 32, 8, 64, false, true};
constexpr DecoderShape llama8b{128257, 4096, 14336, 32, 32, 8, 128};
constexpr FlorenceShape florenceLarge{{256, 512, 1024, 2048}, {1, 1, 9, 1}, 1024, 12, 4096, 51289};
constexpr FlorenceShape florenceBase{{128, 256, 512, 1024}, {1, 1, 9, 1}, 768, 6, 3072, 51289};
constexpr int64_t positions = 1024;

DecoderShape scaled(DecoderShape shape, Scale scale) {
    if (scale != Scale::Full) shape.layers = 2;
    if (scale != Scale::Tiny) return shape;
    shape.heads = 2;
    shape.kvHeads = shape.fused ? 2 : 1;
    shape.hidden = shape.heads * shape.headWidth;
    shape.inner = 2 * shape.hidden;
    shape.vocabulary = 640;
    return shape;
}

// The vocabulary keeps its size: Florence-VL's task prompts are ids of the whole of it.
FlorenceShape scaled(FlorenceShape shape, Scale scale) {
    if (scale != Scale::Full) {
        shape.layers = 2;
        shape.depths = {1, 1, 1, 1};
    }
    if (scale != Scale::Tiny) return shape;
    shape.channels = {32, 64, 96, 128};
    shape.width = 64;
    shape.inner = 128;
    shape.side = 192;
    return shape;
}

json readJson(const fs::path& file) {
    std::ifstream in(file);
    if (!in) throw Error("cannot be read", file.string(), "Give the folder tests/golden with --golden.");
    return json::parse(in);
}

void addDecoder(CheckpointPlan& plan, const DecoderShape& shape) {
    plan.add("model.embed_tokens.weight", {shape.vocabulary, shape.hidden});
    const int64_t queries = shape.heads * shape.headWidth, keys = shape.kvHeads * shape.headWidth;
    for (int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string prefix = concat("model.layers.", layer, ".");
        plan.add(prefix + "input_layernorm.weight", {shape.hidden}, Fill::Ones);
        if (shape.fused) {
            plan.addLinear(prefix + "self_attn.qkv_proj", queries + 2 * keys, shape.hidden, false);
        } else {
            plan.addLinear(prefix + "self_attn.q_proj", queries, shape.hidden, false);
            plan.addLinear(prefix + "self_attn.k_proj", keys, shape.hidden, false);
            plan.addLinear(prefix + "self_attn.v_proj", keys, shape.hidden, false);
        }
        plan.addLinear(prefix + "self_attn.o_proj", shape.hidden, queries, false);
        plan.add(prefix + "post_attention_layernorm.weight", {shape.hidden}, Fill::Ones);
        if (shape.fused) {
            plan.addLinear(prefix + "mlp.gate_up_proj", 2 * shape.inner, shape.hidden, false);
        } else {
            plan.addLinear(prefix + "mlp.gate_proj", shape.inner, shape.hidden, false);
            plan.addLinear(prefix + "mlp.up_proj", shape.inner, shape.hidden, false);
        }
        plan.addLinear(prefix + "mlp.down_proj", shape.hidden, shape.inner, false);
    }
    plan.add("model.norm.weight", {shape.hidden}, Fill::Ones);
    if (!shape.tied) plan.addLinear("lm_head", shape.vocabulary, shape.hidden, false);
}

void addDavitBlock(CheckpointPlan& plan, const std::string& prefix, const std::string& attention, int64_t channels) {
    for (const char* convolution : {".conv1.fn.dw", ".conv2.fn.dw"}) {
        plan.add(prefix + convolution + ".weight", {channels, 1, 3, 3});
        plan.add(prefix + convolution + ".bias", {channels}, Fill::Zeros);
    }
    plan.addNorm(prefix + attention + ".norm", channels);
    plan.addLinear(prefix + attention + ".fn.qkv", 3 * channels, channels);
    plan.addLinear(prefix + attention + ".fn.proj", channels, channels);
    plan.addNorm(prefix + ".ffn.norm", channels);
    plan.addLinear(prefix + ".ffn.fn.net.fc1", 4 * channels, channels);
    plan.addLinear(prefix + ".ffn.fn.net.fc2", channels, 4 * channels);
}

void addDavit(CheckpointPlan& plan, const std::string& prefix, const FlorenceShape& shape) {
    for (size_t stage = 0; stage < 4; ++stage) {
        const int64_t channels = shape.channels[stage], from = stage == 0 ? 3 : shape.channels[stage - 1];
        const int64_t kernel = stage == 0 ? 7 : 3;
        const std::string convolution = concat(prefix, "convs.", stage);
        plan.add(convolution + ".proj.weight", {channels, from, kernel, kernel});
        plan.add(convolution + ".proj.bias", {channels}, Fill::Zeros);
        plan.addNorm(convolution + ".norm", stage == 0 ? channels : from);
        for (int64_t block = 0; block < shape.depths[stage]; ++block) {
            const std::string pair = concat(prefix, "blocks.", stage, ".", block);
            addDavitBlock(plan, pair + ".spatial_block", ".window_attn", channels);
            addDavitBlock(plan, pair + ".channel_block", ".channel_attn", channels);
        }
    }
}

void addBart(CheckpointPlan& plan, const std::string& prefix, const FlorenceShape& shape, bool decoder) {
    plan.add(prefix + "embed_positions.weight", {positions + 2, shape.width});
    plan.addNorm(prefix + "layernorm_embedding", shape.width);
    const auto addAttention = [&](const std::string& name) {
        for (const char* part : {".q_proj", ".k_proj", ".v_proj", ".out_proj"}) {
            plan.addLinear(name + part, shape.width, shape.width);
        }
        plan.addNorm(name + "_layer_norm", shape.width);
    };
    for (int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string name = concat(prefix, "layers.", layer, ".");
        addAttention(name + "self_attn");
        if (decoder) addAttention(name + "encoder_attn");
        plan.addLinear(name + "fc1", shape.inner, shape.width);
        plan.addLinear(name + "fc2", shape.width, shape.inner);
        plan.addNorm(name + "final_layer_norm", shape.width);
    }
}

// Original names; the shared table is stored four times, as the published checkpoints have it.
void addFlorence(CheckpointPlan& plan, const std::string& prefix, const FlorenceShape& shape) {
    const int64_t channels = shape.channels.back();
    addDavit(plan, prefix + "vision_tower.", shape);
    plan.add(prefix + "image_projection", {channels, shape.width});
    plan.addNorm(prefix + "image_proj_norm", shape.width);
    plan.add(prefix + "image_pos_embed.row_embeddings.weight", {50, channels / 2});
    plan.add(prefix + "image_pos_embed.column_embeddings.weight", {50, channels / 2});
    plan.add(prefix + "visual_temporal_embed.pos_idx_to_embed", {100, channels}, Fill::Waves);
    const std::string language = prefix + "language_model.", table = language + "model.shared.weight";
    plan.add(table, {shape.vocabulary, shape.width});
    plan.addCopy(language + "model.encoder.embed_tokens.weight", table);
    plan.addCopy(language + "model.decoder.embed_tokens.weight", table);
    plan.addCopy(language + "lm_head.weight", table);
    plan.add(language + "final_logits_bias", {1, shape.vocabulary}, Fill::Zeros);
    addBart(plan, language + "model.encoder.", shape, false);
    addBart(plan, language + "model.decoder.", shape, true);
}

json florenceConfig(json config, const FlorenceShape& shape) {
    config["projection_dim"] = shape.width;
    config["vocab_size"] = shape.vocabulary;
    config["torch_dtype"] = "bfloat16";
    auto& text = config["text_config"];
    text["d_model"] = shape.width;
    text["vocab_size"] = shape.vocabulary;
    text["max_position_embeddings"] = positions;
    for (const char* half : {"encoder", "decoder"}) {
        text[concat(half, "_layers")] = shape.layers;
        text[concat(half, "_attention_heads")] = shape.width / 64;
        text[concat(half, "_ffn_dim")] = shape.inner;
    }
    text["num_hidden_layers"] = shape.layers;
    auto& vision = config["vision_config"];
    vision["dim_embed"] = shape.channels;
    vision["depths"] = shape.depths;
    auto heads = shape.channels;
    for (auto& count : heads) count /= 32;
    vision["num_heads"] = vision["num_groups"] = heads;
    vision["window_size"] = 12;
    vision["projection_dim"] = shape.width;
    return config;
}

json florenceProcessor(json config, const FlorenceShape& shape) {
    const int64_t grid = shape.side / 32;
    config["image_seq_length"] = grid * grid + 1;
    config["size"] = config["crop_size"] = {{"height", shape.side}, {"width", shape.side}};
    return config;
}

void setDecoderSizes(json& config, const DecoderShape& shape) {
    config["hidden_size"] = shape.hidden;
    config["intermediate_size"] = shape.inner;
    config["num_hidden_layers"] = shape.layers;
    config["num_attention_heads"] = shape.heads;
    config["num_key_value_heads"] = shape.kvHeads;
    config["vocab_size"] = shape.vocabulary;
    config["max_position_embeddings"] = 131072;
    config["tie_word_embeddings"] = shape.tied;
}

// As long and as large as Phi-3.5's factors, evenly spaced in their logarithm.
json longropeFactors(int64_t count, double first, double last) {
    json factors = json::array();
    for (int64_t i = 0; i < count; ++i) {
        factors.push_back(first * std::pow(last / first, static_cast<double>(i) / static_cast<double>(count - 1)));
    }
    return factors;
}

CheckpointPlan planFlorence2(FlorenceShape shape, const fs::path& golden) {
    const fs::path pattern = "florence2/tiny-a/model";
    CheckpointPlan plan;
    addFlorence(plan, "", shape);
    plan.json["config.json"] = florenceConfig(readJson(golden / pattern / "config.json"), shape);
    plan.json["preprocessor_config.json"] =
        florenceProcessor(readJson(golden / pattern / "preprocessor_config.json"), shape);
    for (const char* name : {"tokenizer.json", "tokenizer_config.json", "vocab.json"}) {
        plan.fixtures[name] = pattern / name;
    }
    return plan;
}

CheckpointPlan planFlorenceVl(const FlorenceShape& tower, const DecoderShape& decoder, const fs::path& golden) {
    const fs::path pattern = decoder.fused ? "florence-vl/phi3-tiny-a" : "florence-vl/llama3-tiny-a";
    CheckpointPlan plan;
    addDecoder(plan, decoder);
    addFlorence(plan, "model.vision_tower.vision_tower.", tower);
    const std::string projector = "model.mm_projector.encoder_mlp.";
    plan.addLinear(projector + "0", decoder.hidden, 4 * tower.width);
    plan.addLinear(projector + "1.1", decoder.hidden, decoder.hidden);
    plan.addLinear(projector + "2.1", decoder.hidden, decoder.hidden);

    json config = readJson(golden / pattern / "model/config.json");
    setDecoderSizes(config, decoder);
    config["mm_hidden_size"] = tower.width;
    config["mm_vision_tower"] = "vision_tower";
    if (decoder.fused) {
        config["original_max_position_embeddings"] = 4096;
        config["rope_scaling"]["short_factor"] = longropeFactors(decoder.headWidth / 2, 1.0, 2.84);
        config["rope_scaling"]["long_factor"] = longropeFactors(decoder.headWidth / 2, 1.08, 64.84);
    }
    plan.json["config.json"] = config;
    for (const char* name : {"config.json", "preprocessor_config.json"}) {
        const json source = readJson(golden / pattern / "vision_tower" / name);
        plan.json[concat("vision_tower/", name)] =
            std::string(name) == "config.json" ? florenceConfig(source, tower) : florenceProcessor(source, tower);
    }
    for (const auto& entry : fs::directory_iterator(golden / pattern / "model")) {
        const std::string name = entry.path().filename().string();
        if (name != "config.json" && !name.starts_with("model")) plan.fixtures[name] = pattern / "model" / name;
    }
    return plan;
}

CheckpointPlan planLlama(const DecoderShape& shape, const fs::path& golden) {
    const fs::path pattern = "florence-vl/llama3-tiny-a/model";
    CheckpointPlan plan;
    addDecoder(plan, shape);
    const json vision = readJson(golden / pattern / "config.json");
    json config = json::object();
    for (const auto& [key, value] : vision.items()) {
        if (!key.starts_with("mm_")) config[key] = value;
    }
    setDecoderSizes(config, shape);
    config["architectures"] = {"LlamaForCausalLM"};
    config["model_type"] = "llama";
    config["head_dim"] = shape.headWidth;
    config["rope_scaling"]["factor"] = 32.0;
    plan.json["config.json"] = config;
    for (const char* name :
         {"generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}) {
        plan.fixtures[name] = pattern / name;
    }
    return plan;
}

}  // namespace

std::vector<std::string> planNames() {
    return {"florence-2-base", "florence-2-large", "florence-vl-3b", "florence-vl-8b", "llama-1b"};
}

CheckpointPlan planCheckpoint(const std::string& name, Scale scale, const fs::path& golden) {
    if (name == "florence-2-base") return planFlorence2(scaled(florenceBase, scale), golden);
    if (name == "florence-2-large") return planFlorence2(scaled(florenceLarge, scale), golden);
    const FlorenceShape tower = scaled(florenceLarge, scale);
    if (name == "florence-vl-3b") return planFlorenceVl(tower, scaled(phi35, scale), golden);
    if (name == "florence-vl-8b") return planFlorenceVl(tower, scaled(llama8b, scale), golden);
    if (name == "llama-1b") return planLlama(scaled(llama1b, scale), golden);
    throw Error("is not one of the checkpoints that can be made", name, "See make_checkpoint --help.");
}

}  // namespace fusionscope::tools
