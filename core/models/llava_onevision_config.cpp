#include "core/models/llava_onevision_config.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/files/printable.h"
#include "core/models/tensor_names.h"

namespace fusionscope::models {

namespace {

using files::Fields;

constexpr const char* configFile = "config.json";
constexpr const char* towerFile = "vision_tower/config.json";
const std::string tower = "vision_tower.vision_model.";

/// The first row that fits decides.
constexpr std::array<Renaming, 9> layouts = {{
    {"model.vision_tower.vision_tower.", "vision_tower."},
    {"model.mm_projector.0.", "multi_modal_projector.linear_1."},
    {"model.mm_projector.2.", "multi_modal_projector.linear_2."},
    {"model.vision_tower.", "vision_tower."},
    {"model.multi_modal_projector.", "multi_modal_projector."},
    {"model.image_newline", "image_newline"},
    {"model.language_model.", "language_model.model."},
    {"model.", "language_model.model."},
    {"lm_head.", "language_model.lm_head."},
}};

/// The same network under "model_type" and keys of the original program.
bool isOriginal(const Fields& fields) { return fields.text("model_type") != "llava_onevision"; }

/// @throws Error when the field has another value than the one this model has
void require(const Fields& fields, const char* key, const std::string& only) {
    const auto found = fields.textOr(key, only);
    if (found != only) fields.refuse(key, concat("is ", files::inQuotes(found), ", expected \"", only, "\""));
}

/// Layers that lead to the hidden state of a number: counted from the embedding on, or back from the last one.
int64_t layersTo(int64_t state, const Fields& fields, const char* key, int64_t layers) {
    const int64_t result = state < 0 ? layers + 1 + state : state;
    if (result < 1 || result > layers)
        fields.refuse(key, concat("is ", state, ", the vision tower has ", layers, " layers"));
    return result;
}

/// The tower's numbers that its tensors' shapes tell, if its last layer is not among them.
vision::SiglipConfig inferTower(const files::TensorTable& table, int64_t side) {
    vision::SiglipConfig config;
    const auto& patch = shapeOf(table, tower + "embeddings.patch_embedding.weight", 4);
    config.width = patch[0];
    config.channels = patch[1];
    config.patch = patch[2];
    config.inner = shapeOf(table, tower + "encoder.layers.0.mlp.fc1.weight", 2)[0];
    config.layers = countNumbered(table, tower + "encoder.layers.", ".layer_norm1.weight") + 1;
    config.imageSide = side;
    return config;
}

/// The original names its tower and leaves the numbers to that one's own files.
void readOriginalTower(LlavaOnevisionConfig& config, const files::ModelFolder& folder, const Fields& fields,
                       const files::TensorTable& table) {
    constexpr int64_t publishedSide = 384, publishedWidth = 1152, publishedHeads = 16, publishedLayers = 27;
    const auto smallest = tiling::Canvases::smallestSide(fields);
    config.tower = inferTower(table, smallest > 0 ? smallest : publishedSide);
    if (const auto json = folder.jsonIf(towerFile)) {
        const Fields outer(*json, folder.where(towerFile));
        config.tower = vision::SiglipConfig::read(outer.objectIf("vision_config").value_or(outer), config.tower);
    } else if (config.tower.width == publishedWidth) {
        config.tower.heads = publishedHeads;
        config.tower.layers = publishedLayers;
    } else {
        throw Error(concat("does not say how many attention heads its vision tower has, which is ", config.tower.width,
                           " wide"),
                    folder.where(configFile), "Copy the config.json of that tower to vision_tower/config.json.");
    }
    if (config.tower.patch > config.tower.imageSide)
        fields.refuse("image_grid_pinpoints", concat("names tiles smaller than a patch of ", config.tower.patch));
    // Its tower drops the last layer, whatever mm_vision_select_layer says; published files leave that one out.
    config.towerLayers = config.tower.layers - 1;
    if (config.towerLayers < 1) fields.refuse("mm_vision_tower", "has a single layer, and the last one is not used");
}

void readOriginal(LlavaOnevisionConfig& config, const files::ModelFolder& folder, nlohmann::json json,
                  const files::TensorTable& table) {
    const auto where = folder.where(configFile);
    const Fields fields(json, where);
    const auto architectures = fields.texts("architectures");
    if (fields.text("model_type") == "llava" &&
        std::find(architectures.begin(), architectures.end(), "LlavaQwenForCausalLM") == architectures.end())
        fields.refuse("architectures", "does not name LlavaQwenForCausalLM; other kinds of LLaVA are not supported");
    require(fields, "mm_projector_type", "mlp2x_gelu");
    require(fields, "mm_patch_merge_type", "spatial_unpad");
    require(fields, "mm_spatial_pool_mode", "bilinear");
    require(fields, "mm_newline_position", "one_token");
    readOriginalTower(config, folder, fields, table);
    config.canvases = tiling::Canvases::read(fields, config.tower.imageSide, tiling::PairOrder::WidthFirst);
    config.mostTiles = tiling::mostTilesOf(fields, "image_aspect_ratio");
    config.longestPrompt = fields.integerOr("tokenizer_model_max_length", int64_t{1} << 24, {1, int64_t{1} << 24});
    json["model_type"] = "llava_qwen";
    json.erase("rope_scaling");  // which the original switches off
    config.decoder = language::DecoderConfig::read(json, where);
}

void readNative(LlavaOnevisionConfig& config, const Fields& fields) {
    config.tower = vision::SiglipConfig::read(fields.object("vision_config"), {});
    constexpr const char* layer = "vision_feature_layer";
    config.towerLayers = layersTo(fields.integerOr(layer, -1, {-4096, 4096}), fields, layer, config.tower.layers);
    require(fields, "vision_feature_select_strategy", "full");
    require(fields, "projector_hidden_act", "gelu");
    if (!fields.flagOr("use_image_newline_parameter", true))
        fields.refuse("use_image_newline_parameter", "is false, but this model ends rows of patches with it");
    config.projectorBias = fields.flagOr("multimodal_projector_bias", true);
    config.canvases = tiling::Canvases::read(fields, config.tower.imageSide, tiling::PairOrder::HeightFirst);
    config.mostTiles = tiling::mostTilesOf(fields, "vision_aspect_ratio");
    const auto id = [&](const char* older, const char* newer, int64_t published) {
        constexpr files::Range<int64_t> ids{0, int64_t{1} << 24};
        return fields.integerOr(newer, fields.integerOr(older, published, ids), ids);
    };
    config.image = id("image_token_index", "image_token_id", 151646);
    config.video = id("video_token_index", "video_token_id", 151647);
    config.decoder = language::DecoderConfig::read(fields.json(), fields.where());
    config.longestPrompt = config.decoder.longest;
}

/// The processor's views must be the tower's.
void checkViews(const files::ModelFolder& folder, int64_t side) {
    constexpr const char* file = "preprocessor_config.json";
    const auto json = folder.jsonIf(file);
    if (!json) return;
    const Fields fields(*json, folder.where(file));
    const auto* size = fields.find("size");
    if (!size) return;
    const int64_t height = size->is_object() ? fields.object("size").integerOr("height", side) : fields.integer("size");
    if (height != side) fields.refuse("size", concat("is ", height, ", the vision tower takes views of ", side, " pixels"));
}

}  // namespace

void canonicalizeLlavaOnevisionNames(files::TensorTable& table) { renameBeginnings(table, layouts); }

LlavaOnevisionConfig LlavaOnevisionConfig::read(const files::ModelFolder& folder, const files::TensorTable& table) {
    const auto json = folder.json(configFile);
    const Fields fields(json, folder.where(configFile));
    LlavaOnevisionConfig config;
    if (isOriginal(fields))
        readOriginal(config, folder, json, table);
    else
        readNative(config, fields);
    checkViews(folder, config.tower.imageSide);
    if (const auto generation = folder.jsonIf("generation_config.json"))
        config.decoder.addGenerationConfig(*generation, folder.where("generation_config.json"));
    return config;
}

}  // namespace fusionscope::models
