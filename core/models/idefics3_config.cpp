#include "core/models/idefics3_config.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/tensor_names.h"

namespace fusionscope::models {

namespace {

using files::Fields;

/// Files leave out what equals the class's defaults.
vision::SiglipConfig towerDefaults() {
    vision::SiglipConfig defaults;
    defaults.width = 1152;
    defaults.heads = 16;
    defaults.patch = 32;
    return defaults;
}

vision::SiglipConfig readTower(const Fields& fields) {
    if (const auto vision = fields.objectIf("vision_config")) return vision::SiglipConfig::read(*vision, towerDefaults());
    return towerDefaults();
}

language::DecoderConfig readDecoder(const Fields& fields, bool hasOutput) {
    auto text = fields.objectIf("text_config") ? fields.object("text_config").json() : nlohmann::json::object();
    if (!fields.has("text_config")) text["rms_norm_eps"] = 1e-5;
    if (!text.contains("model_type")) text["model_type"] = "llama";
    auto config = language::DecoderConfig::read({{"text_config", text}}, fields.where());
    config.tiedEmbedding = fields.flagOr("tie_word_embeddings", false) || !hasOutput;
    return config;
}

/// @throws Error when a file states another number of tokens for a view
void checkTokens(const Fields& fields, int64_t tokens) {
    constexpr const char* key = "image_seq_len";
    if (fields.integerOr(key, tokens) != tokens)
        fields.refuse(key, concat("is not ", tokens, ", the number of tokens that a view becomes"));
}

/// @throws Error when the processor makes views that are not of the tower's size
void checkViews(const files::ModelFolder& folder, int64_t side) {
    constexpr const char* file = "preprocessor_config.json";
    const auto json = folder.jsonIf(file);
    if (!json) return;
    const auto largest = Fields(*json, folder.where(file)).objectIf("max_image_size");
    if (largest && largest->integerOr("longest_edge", side) != side)
        largest->refuse("longest_edge", concat("is not ", side, ", the size of the vision tower's pictures"));
}

}  // namespace

void canonicalizeIdefics3Names(files::TensorTable& table) {
    constexpr std::array<Renaming, 1> layout = {{{"model.text_model.", "model."}}};
    renameBeginnings(table, layout);
}

Idefics3Config Idefics3Config::read(const files::ModelFolder& folder, const files::TensorTable& table) {
    const auto json = folder.json("config.json");
    const Fields fields(json, folder.where("config.json"));
    Idefics3Config config;
    config.tower = readTower(fields);
    config.decoder = readDecoder(fields, table.contains("lm_head.weight") || table.contains("lm_head.weight.scale"));
    if (const auto generation = folder.jsonIf("generation_config.json"))
        config.decoder.addGenerationConfig(*generation, folder.where("generation_config.json"));
    const int64_t side = config.tower.gridSide();
    config.scale = fields.integerOr("scale_factor", config.scale, {1, 64});
    if (side % config.scale != 0)
        fields.refuse("scale_factor", concat("is ", config.scale, ", which does not divide the ", side,
                                             " patches along a side of the vision tower's pictures"));
    config.imageId = fields.integerOr("image_token_id", config.imageId, {0, config.decoder.vocabulary - 1});
    checkTokens(fields, config.tokensPerView());
    if (const auto processor = folder.jsonIf("processor_config.json"))
        checkTokens(Fields(*processor, folder.where("processor_config.json")), config.tokensPerView());
    checkViews(folder, config.tower.imageSide);
    return config;
}

}  // namespace fusionscope::models
