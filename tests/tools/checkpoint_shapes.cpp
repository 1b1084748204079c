#include <array>
#include <cmath>
#include <fstream>

#include "core/files/error.h"
#include "tests/tools/checkpoint_plan.h"

namespace fusionscope::tools {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// A causal language model. Phi-3 keeps its projections fused, Qwen2's queries, keys and values have biases.
struct DecoderShape {
    int64_t vocabulary, hidden, inner, layers, heads, kvHeads, headWidth;
    bool fused = false, tied = false, biased = false;
};

struct SiglipShape {
    int64_t width, inner, layers, heads, side, patch;
};

struct FlorenceShape {
    std::array<int64_t, 4> channels, depths;
    int64_t width, layers, inner, vocabulary;  // of the BART encoder and decoder
    int64_t side = 768;                        // of the picture, in pixels
};

constexpr DecoderShape phi35{32064, 3072, 8192, 32, 32, 32, 96, true};
constexpr DecoderShape llama1b{128256, 2048, 8192, 16, 32, 8, 64, false, true};
constexpr DecoderShape llama8b{128257, 4096, 14336, 32, 32, 8, 128};
constexpr DecoderShape qwen05b{152000, 896, 4864, 24, 14, 2, 64, false, true, true};
constexpr DecoderShape qwen7b{152128, 3584, 18944, 28, 28, 4, 128, false, false, true};
constexpr DecoderShape smol135m{49280, 576, 1536, 30, 9, 3, 64};
constexpr DecoderShape llama8bIdefics{128259, 4096, 14336, 32, 32, 8, 128};
constexpr SiglipShape siglipOnevision{1152, 4304, 26, 16, 384, 14};
constexpr SiglipShape siglipSmol{768, 3072, 12, 12, 512, 16};
constexpr SiglipShape siglipIdefics{1152, 4304, 27, 16, 364, 14};
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

SiglipShape scaled(SiglipShape shape, Scale scale) {
    if (scale != Scale::Full) shape.layers = 2;
    if (scale != Scale::Tiny) return shape;
    return {36, 80, 2, 3, 34, 6};
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

void addDecoder(CheckpointPlan& plan, const DecoderShape& shape, const std::string& root = "") {
    plan.add(root + "model.embed_tokens.weight", {shape.vocabulary, shape.hidden});
    const int64_t queries = shape.heads * shape.headWidth, keys = shape.kvHeads * shape.headWidth;
    for (int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string prefix = concat(root, "model.layers.", layer, ".");
        plan.add(prefix + "input_layernorm.weight", {shape.hidden}, Fill::Ones);
        if (shape.fused) {
            plan.addLinear(prefix + "self_attn.qkv_proj", queries + 2 * keys, shape.hidden, false);
        } else {
            plan.addLinear(prefix + "self_attn.q_proj", queries, shape.hidden, shape.biased);
            plan.addLinear(prefix + "self_attn.k_proj", keys, shape.hidden, shape.biased);
            plan.addLinear(prefix + "self_attn.v_proj", keys, shape.hidden, shape.biased);
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
    plan.add(root + "model.norm.weight", {shape.hidden}, Fill::Ones);
    if (!shape.tied) plan.addLinear(root + "lm_head", shape.vocabulary, shape.hidden, false);
}

void addSiglip(CheckpointPlan& plan, const std::string& prefix, const SiglipShape& shape) {
    const int64_t grid = shape.side / shape.patch;
    plan.add(prefix + "embeddings.patch_embedding.weight", {shape.width, 3, shape.patch, shape.patch});
    plan.add(prefix + "embeddings.patch_embedding.bias", {shape.width}, Fill::Zeros);
    plan.add(prefix + "embeddings.position_embedding.weight", {grid * grid, shape.width});
    for (int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string name = concat(prefix, "encoder.layers.", layer, ".");
        plan.addNorm(name + "layer_norm1", shape.width);
        plan.addNorm(name + "layer_norm2", shape.width);
        for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"})
            plan.addLinear(name + "self_attn." + part, shape.width, shape.width);
        plan.addLinear(name + "mlp.fc1", shape.inner, shape.width);
        plan.addLinear(name + "mlp.fc2", shape.width, shape.inner);
    }
    plan.addNorm(prefix + "post_layernorm", shape.width);
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

void setSiglipSizes(json& config, const SiglipShape& shape) {
    config["hidden_size"] = shape.width;
    config["intermediate_size"] = shape.inner;
    config["num_hidden_layers"] = shape.layers;
    config["num_attention_heads"] = shape.heads;
    config["image_size"] = shape.side;
    config["patch_size"] = shape.patch;
}

/// @param shuffle side of the squares of patches that become one token
CheckpointPlan planIdefics3(const fs::path& pattern, SiglipShape tower, const DecoderShape& decoder, int64_t shuffle,
                            const fs::path& golden) {
    if (tower.side / tower.patch % shuffle != 0) tower.side = 2 * shuffle * tower.patch;
    CheckpointPlan plan;
    addDecoder(plan, decoder);
    addSiglip(plan, "model.vision_model.", tower);
    plan.addLinear("model.connector.modality_projection.proj", decoder.hidden, shuffle * shuffle * tower.width, false);

    json config = readJson(golden / pattern / "config.json");
    setDecoderSizes(config["text_config"], decoder);
    setSiglipSizes(config["vision_config"], tower);
    config["scale_factor"] = shuffle;
    config.erase("image_seq_len");
    plan.json["config.json"] = config;
    json processor = readJson(golden / pattern / "preprocessor_config.json");
    processor["max_image_size"]["longest_edge"] = tower.side;
    processor["size"]["longest_edge"] = 4 * tower.side;
    plan.json["preprocessor_config.json"] = processor;
    for (const char* name : {"generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
        plan.fixtures[name] = pattern / name;
    return plan;
}

CheckpointPlan planLlavaOnevision(const SiglipShape& tower, const DecoderShape& decoder, const fs::path& golden) {
    const fs::path pattern = "llava-onevision/ov-0.5b-layout/model";
    CheckpointPlan plan;
    addDecoder(plan, decoder, "language_model.");
    addSiglip(plan, "vision_tower.vision_model.", tower);
    plan.addLinear("multi_modal_projector.linear_1", decoder.hidden, tower.width);
    plan.addLinear("multi_modal_projector.linear_2", decoder.hidden, decoder.hidden);
    plan.add("image_newline", {decoder.hidden});

    json config = readJson(golden / pattern / "config.json");
    setDecoderSizes(config["text_config"], decoder);
    config["text_config"]["max_position_embeddings"] = 32768;
    setSiglipSizes(config["vision_config"], tower);
    json processor = readJson(golden / pattern / "preprocessor_config.json");
    processor["size"] = {{"height", tower.side}, {"width", tower.side}};
    config.erase("image_grid_pinpoints");  // one to six tiles a side, as where it is left out
    processor.erase("image_grid_pinpoints");
    plan.json["config.json"] = config;
    plan.json["preprocessor_config.json"] = processor;
    for (const char* name : {"generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
        plan.fixtures[name] = pattern / name;
    return plan;
}

}  // namespace

std::vector<std::string> planNames() {
    return {"florence-2-base", "florence-2-large", "florence-vl-3b",       "florence-vl-8b",
            "llama-1b",        "llava-onevision-0.5b", "llava-onevision-7b", "smolvlm-256m", "idefics3-8b"};
}

CheckpointPlan planCheckpoint(const std::string& name, Scale scale, const fs::path& golden) {
    if (name == "florence-2-base") return planFlorence2(scaled(florenceBase, scale), golden);
    if (name == "florence-2-large") return planFlorence2(scaled(florenceLarge, scale), golden);
    const FlorenceShape tower = scaled(florenceLarge, scale);
    if (name == "florence-vl-3b") return planFlorenceVl(tower, scaled(phi35, scale), golden);
    if (name == "florence-vl-8b") return planFlorenceVl(tower, scaled(llama8b, scale), golden);
    if (name == "smolvlm-256m")
        return planIdefics3("smolvlm/smolvlm-256m-layout/model", scaled(siglipSmol, scale), scaled(smol135m, scale), 4, golden);
    if (name == "idefics3-8b")
        return planIdefics3("idefics3/idefics3-8b-layout/model", scaled(siglipIdefics, scale), scaled(llama8bIdefics, scale), 2,
                            golden);
    if (name == "llava-onevision-0.5b")
        return planLlavaOnevision(scaled(siglipOnevision, scale), scaled(qwen05b, scale), golden);
    if (name == "llava-onevision-7b")
        return planLlavaOnevision(scaled(siglipOnevision, scale), scaled(qwen7b, scale), golden);
    if (name == "llama-1b") return planLlama(scaled(llama1b, scale), golden);
    throw Error("is not one of the checkpoints that can be made", name, "See make_checkpoint --help.");
}

}  // namespace fusionscope::tools
