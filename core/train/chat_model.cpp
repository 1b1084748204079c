#include "core/train/chat_model.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/files/safetensors.h"
#include "core/models/florence_vl.h"
#include "core/train/folder_writing.h"
#include "core/train/low_rank.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

using nlohmann::json;

const files::GgufTokenizer& tokenizerOf(const files::GgufModel& model, const std::string& where) {
    if (!model.tokenizer || model.tokenizer->model != "gpt2")
        throw Error("the file has no byte-level vocabulary", where, "Take a model such as SmolLM2-135M-Instruct.");
    return *model.tokenizer;
}

/// The vocabulary in the form of tokenizer.json. Only the pre-tokenisers of GPT-2 and SmolLM2 are known here.
json asTokenizerJson(const files::GgufTokenizer& tokenizer, const std::string& where) {
    constexpr int control = 3, user = 4;
    json words = json::object(), added = json::array();
    for (std::size_t id = 0; id < tokenizer.tokens.size(); ++id) {
        words[tokenizer.tokens[id]] = id;
        const int type = id < tokenizer.tokenTypes.size() ? tokenizer.tokenTypes[id] : 1;
        if (type == control || type == user)
            added.push_back({{"id", id}, {"content", tokenizer.tokens[id]}, {"single_word", false}, {"lstrip", false}, {"rstrip", false},
                             {"normalized", false}, {"special", type == control}});
    }
    const bool digits = tokenizer.pre == "smollm";
    if (!digits && tokenizer.pre != "gpt-2" && tokenizer.pre != "default" && !tokenizer.pre.empty())
        throw Error("the vocabulary cuts words as \"" + tokenizer.pre + "\" does, which cannot be written as tokenizer.json yet", where);
    json steps = json::array();
    if (digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
    steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}});
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens", std::move(added)},
            {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}}},
            {"post_processor", nullptr},
            {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
            {"model", {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr}, {"fuse_unk", false}, {"byte_fallback", false}, {"ignore_merges", false},
                       {"vocab", std::move(words)}, {"merges", tokenizer.merges}}}};
}

void writeTokenizer(const std::filesystem::path& folder, const files::GgufTokenizer& tokenizer, const std::string& where) {
    writeJson(folder / "tokenizer.json", asTokenizerJson(tokenizer, where));
    json special = json::object();
    const auto name = [&](const char* key, std::optional<int64_t> id) {
        if (id && *id >= 0 && *id < static_cast<int64_t>(tokenizer.tokens.size())) special[key] = tokenizer.tokens[static_cast<std::size_t>(*id)];
    };
    name("bos_token", tokenizer.bos);
    name("eos_token", tokenizer.eos);
    name("pad_token", tokenizer.pad ? tokenizer.pad : tokenizer.eos);
    writeJson(folder / "special_tokens_map.json", special);
    special["tokenizer_class"] = "PreTrainedTokenizerFast";
    writeJson(folder / "tokenizer_config.json", special);
}

/// What the language model's file says, in the tower's configuration of a Florence-VL.
json joinedConfig(json config, const json& language) {
    for (const auto& [key, value] : language.items())
        if (key != "architectures" && key != "model_type") config[key] = value;
    config["conversation_template"] = "chatml-nosystem";
    config["tokenizer_model_max_length"] = 2048;
    return config;
}

/// Small in the last layer: pictures should at first disturb the language model as little as words do.
Tensors newProjector(int64_t in, int64_t out, uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    const auto drawn = [&](int64_t columns, double size) {
        return at::randn({out, columns}, generator, at::TensorOptions().dtype(c10::kFloat)) * (size / std::sqrt(static_cast<double>(columns)));
    };
    Tensors made;
    const auto name = [](const char* rest) { return std::string(projectorPlace).append("encoder_mlp.").append(rest); };
    made[name("0.weight")] = drawn(in, 0.8);
    made[name("0.bias")] = at::zeros({out});
    made[name("1.1.weight")] = drawn(out, 0.4);
    made[name("1.1.bias")] = at::zeros({out});
    return made;
}

}  // namespace

void putAdapter(const std::filesystem::path& adapter, Tensors& weights) {
    const auto file = files::readSafetensors(adapter);
    nn::WeightStore store(file.tensors, {weights.begin()->second.device(), c10::kFloat});
    for (const auto& [name, entry] : file.tensors) {
        const auto found = weights.find(name);
        if (!isLowRank(name) && (found == weights.end() || found->second.sizes() != at::IntArrayRef(entry.shape)))
            throw Error(concat("tensor ", name, " fits nothing in the model it is joined with"), adapter.string(),
                        "Name the tower and the language model that the adapter was trained with.");
        weights[name] = store.loadOnce(name, *store.shape(name)).to(c10::kFloat);
    }
}

void makeChatModel(const std::filesystem::path& tower, const std::filesystem::path& gguf, const std::filesystem::path& adapter,
                   const std::filesystem::path& folder, uint64_t seed) {
    const auto seeing = files::ModelFolder::open(tower), speaking = files::ModelFolder::open(gguf);
    const auto* model = speaking.gguf();
    if (!model || model->architecture != "llama") throw Error("is no GGUF file of a Llama model", gguf.string());
    const auto& tokenizer = tokenizerOf(*model, gguf.string());

    Tensors weights;
    for (auto& [name, tensor] : readWeights(seeing, c10::kCPU))
        if (name.starts_with(models::FlorenceVl::towerPrefix) || name.starts_with(projectorPlace) || isLowRank(name)) weights[name] = tensor;
    nn::WeightStore store(model->tensors, {c10::kCPU, c10::kFloat});
    for (const auto& [name, entry] : model->tensors) weights[name] = store.loadOnce(name, *store.shape(name)).to(c10::kFloat);
    const int64_t hidden = files::Fields(model->config, gguf.string()).integer("hidden_size");
    const auto projector = weights.find(projectorMatrix);
    if (projector == weights.end()) throw Error("there is no mlp2x_gelu projector", tower.string());
    if (projector->second.size(0) != hidden)
        for (auto& [name, tensor] : newProjector(projector->second.size(1), hidden, seed)) weights[name] = tensor;
    if (!adapter.empty()) putAdapter(adapter, weights);
    mergeLowRank(weights);

    makeFolder(folder);
    copySmallFiles(tower, folder);
    writeTokenizer(folder, tokenizer, gguf.string());
    writeJson(folder / "config.json", joinedConfig(seeing.json("config.json"), model->config));
    writeJson(folder / "generation_config.json", model->generationConfig);
    writeWeights(folder / "model.safetensors", weights);
}

}  // namespace fusionscope::train
