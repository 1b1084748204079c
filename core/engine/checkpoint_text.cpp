#include "core/engine/checkpoint_text.h"

#include "core/files/error.h"
#include "core/files/model_folder.h"

namespace fusionscope::engine {

namespace {

/// `model_type` of config.json; empty when there is none.
std::string modelTypeOf(const files::ModelFolder& folder) {
    const auto config = folder.jsonIf("config.json");
    return config ? files::Fields(*config, folder.where("config.json")).textOr("model_type", "") : "";
}

std::unique_ptr<text::Tokenizer> fromGguf(const files::GgufModel& gguf, const std::string& where) {
    if (!gguf.tokenizer) throw Error("holds no tokenizer", where);
    const auto& source = *gguf.tokenizer;
    return text::loadGgufTokenizer({.model = source.model,
                                    .pre = source.pre,
                                    .tokens = source.tokens,
                                    .merges = source.merges,
                                    .tokenTypes = source.tokenTypes,
                                    .scores = source.scores,
                                    .bos = source.bos,
                                    .eos = source.eos,
                                    .pad = source.pad,
                                    .unknown = source.unknown,
                                    .addBos = source.addBos,
                                    .addEos = source.addEos,
                                    .addSpacePrefix = source.addSpacePrefix},
                                   where);
}

/// The template that a family is known to use; nothing when it leaves that open.
std::string templateOfFamily(const std::string& modelType, const text::Tokenizer& tokenizer) {
    if (modelType == "florence2" || modelType == "siglip") return {};
    if (modelType == "llava_phi") return "florence-vl-phi3";
    if (modelType == "llava_llama") return "florence-vl-llama3";
    if (modelType == "llava_onevision") return "llava-onevision-hf";
    if (modelType == "llava" || modelType == "llava_qwen") return "llava-onevision-qwen_1_5";
    if (modelType == "idefics3" || modelType == "smolvlm")
        return tokenizer.id("<|im_start|>") ? "smolvlm" : "idefics3";
    if (modelType == "phi3" || modelType == "qwen2") return modelType;
    if (tokenizer.id("<|im_start|>")) return "smollm2";
    if (tokenizer.id("<|start_header_id|>")) return "llama3";
    return {};
}

}  // namespace

std::unique_ptr<text::Tokenizer> loadCheckpointTokenizer(const files::ModelFolder& folder) {
    if (const auto* gguf = folder.gguf()) return fromGguf(*gguf, folder.path().string());
    const auto modelType = modelTypeOf(folder);
    text::LoadOptions options;
    options.florenceTokens = modelType == "florence2";
    options.useSlow = modelType == "llava_phi" || modelType == "siglip";
    return text::loadTokenizer(folder.path(), options);
}

bool hasTokenizer(const files::ModelFolder& folder) {
    if (const auto* gguf = folder.gguf()) return gguf->tokenizer.has_value();
    return folder.has("tokenizer.json") || folder.has("vocab.json") || folder.has("tokenizer.model") ||
           folder.has("spiece.model");
}

std::optional<text::ChatTemplate> checkpointChatTemplate(const files::ModelFolder& folder,
                                                         const text::Tokenizer& tokenizer, const std::string& chosen) {
    if (!chosen.empty()) return text::ChatTemplate::named(chosen);
    if (const auto config = folder.jsonIf("config.json")) {
        const files::Fields fields(*config, folder.where("config.json"));
        if (fields.has("conversation_template")) return text::ChatTemplate::named(fields.text("conversation_template"));
    }
    const auto known = templateOfFamily(modelTypeOf(folder), tokenizer);
    return known.empty() ? std::nullopt : std::optional(text::ChatTemplate::named(known));
}

}  // namespace fusionscope::engine
