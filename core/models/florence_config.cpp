#include "core/models/florence_config.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/models/tensor_names.h"

namespace fusionscope::models {

namespace {

using files::Fields;
using files::Range;

constexpr Range<int64_t> widths{1, 65536};
constexpr Range<int64_t> depths{1, 1000};

vision::DavitConfig inferDavit(const files::TensorTable& table, const std::string& tower) {
    vision::DavitConfig config;
    const int64_t stages = std::max<int64_t>(1, countNumbered(table, tower + "convs.", ".proj.weight"));
    for (int64_t i = 0; i < stages; ++i) {
        const auto& patch = shapeOf(table, concat(tower, "convs.", i, ".proj.weight"), 4);
        vision::DavitStageConfig stage;
        stage.width = patch[0];
        stage.patch = patch[2];
        stage.stride = i == 0 ? 4 : 2;
        stage.padding = patch[2] / 2;
        stage.normBefore = i > 0;
        stage.depth =
            std::max<int64_t>(1, countNumbered(table, concat(tower, "blocks.", i, "."), ".spatial_block.conv1.fn.dw.weight"));
        stage.heads = stage.groups = stage.width / 32;
        if (i == 0) config.channels = patch[1];
        config.stages.push_back(stage);
    }
    const auto& inner = shapeOf(table, tower + "blocks.0.0.spatial_block.ffn.fn.net.fc1.weight", 2);
    config.mlpRatio = std::max<int64_t>(1, inner[0] / config.stages[0].width);
    return config;
}

vision::FlorenceProjectionConfig inferProjection(const files::TensorTable& table, const std::string& prefix) {
    const auto name = prefix + "image_projection";
    auto projection = shapeOf(table, name, 2);
    if (table.find(name)->second.transposed) std::swap(projection[0], projection[1]);
    vision::FlorenceProjectionConfig config;
    config.inputWidth = projection[0];
    config.outputWidth = projection[1];
    config.positions = shapeOf(table, prefix + "image_pos_embed.row_embeddings.weight", 2)[0];
    const auto frames = prefix + "visual_temporal_embed.pos_idx_to_embed";
    if (table.contains(frames)) config.frames = shapeOf(table, frames, 2)[0];
    return config;
}

language::BartConfig inferText(const files::TensorTable& table, const std::string& model) {
    language::BartConfig config;
    const auto& shared = shapeOf(table, model + "shared.weight", 2);
    config.vocabulary = shared[0];
    config.width = shared[1];
    config.encoderHeads = config.decoderHeads = config.width / 64;
    config.encoderLayers = countNumbered(table, model + "encoder.layers.", ".fc1.weight");
    config.decoderLayers = countNumbered(table, model + "decoder.layers.", ".fc1.weight");
    config.encoderPositions = shapeOf(table, model + "encoder.embed_positions.weight", 2)[0];
    if (config.encoderLayers > 0) config.encoderInner = shapeOf(table, model + "encoder.layers.0.fc1.weight", 2)[0];
    // A tower whose features alone are wanted may come without the decoder.
    if (config.decoderLayers > 0) {
        config.decoderInner = shapeOf(table, model + "decoder.layers.0.fc1.weight", 2)[0];
        config.decoderPositions = shapeOf(table, model + "decoder.embed_positions.weight", 2)[0];
    }
    config.generation.forcedLast = config.generation.end;
    return config;
}

FlorenceConfig fromWeights(const files::TensorTable& table, const std::string& prefix) {
    return {inferDavit(table, prefix + "vision_tower."), inferProjection(table, prefix),
            inferText(table, prefix + "language_model.model.")};
}

void requireDivisible(int64_t width, int64_t parts, const std::string& what, const std::string& where) {
    if (parts < 1 || width % parts != 0)
        throw Error(concat(what, ": a width of ", width, " cannot be split into ", parts), where);
}

void check(const FlorenceConfig& config, const std::string& where) {
    for (size_t i = 0; i < config.davit.stages.size(); ++i) {
        const auto& stage = config.davit.stages[i];
        requireDivisible(stage.width, stage.heads, concat("attention heads of stage ", i), where);
        requireDivisible(stage.width, stage.groups, concat("channel groups of stage ", i), where);
    }
    if (config.davit.channels != 3)
        throw Error(concat("the vision tower takes ", config.davit.channels, " channels, pictures have 3"), where);
    requireDivisible(config.text.width, config.text.encoderHeads, "attention heads of the encoder", where);
    requireDivisible(config.text.width, config.text.decoderHeads, "attention heads of the decoder", where);
    if (config.text.encoderLayers < 1) throw Error("the encoder has no layers", where);
    if (config.text.encoderPositions <= language::BartConfig::positionOffset)
        throw Error("the encoder's position table is empty", where);
    if (config.text.decoderLayers > 0 && config.text.decoderPositions <= language::BartConfig::positionOffset)
        throw Error("the decoder's position table is empty", where);
    if (config.projection.outputWidth != config.text.width ||
        config.projection.inputWidth != config.davit.outputWidth())
        throw Error(concat("the image projection leads from ", config.projection.inputWidth, " to ",
                           config.projection.outputWidth, " channels, the tower gives ", config.davit.outputWidth(),
                           " and the encoder takes ", config.text.width),
                    where);
}

/// One number a stage, under the original or the native key. Absent: what the weights say stays.
template <class Set>
void eachStage(vision::DavitConfig& davit, const Fields& fields, std::initializer_list<const char*> keys,
               Range<int64_t> range, Set set) {
    for (const auto* key : keys) {
        if (!fields.has(key)) continue;
        const auto values = fields.integers(key, range);
        if (values.size() != davit.stages.size())
            fields.refuse(key,
                          concat("has ", values.size(), " numbers, the tower has ", davit.stages.size(), " stages"));
        for (size_t i = 0; i < values.size(); ++i) set(davit.stages[i], values[i]);
    }
}

void readNormPlaces(vision::DavitConfig& davit, const Fields& fields) {
    const auto* places = fields.find("patch_prenorm");
    if (!places) return;
    if (!places->is_array() || places->size() != davit.stages.size() ||
        !std::all_of(places->begin(), places->end(), [](const auto& place) { return place.is_boolean(); }))
        fields.refuse("patch_prenorm", concat("should be ", davit.stages.size(), " truth values"));
    for (size_t i = 0; i < davit.stages.size(); ++i) davit.stages[i].normBefore = (*places)[i].template get<bool>();
    if (davit.stages[0].normBefore) fields.refuse("patch_prenorm", "normalising raw pixels is not supported");
}

/// Refuses a setting that changes the computation in a way that no published model uses.
void requireText(const Fields& fields, const char* key, std::string_view expected) {
    if (fields.has(key) && fields.text(key) != expected)
        fields.refuse(key, concat("\"", fields.text(key), "\" is not supported, only \"", expected, "\""));
}

void readDavit(vision::DavitConfig& davit, const Fields& fields) {
    for (const auto* key : {"dim_embed", "embed_dim"}) {
        const auto given = fields.integers(key, widths);
        if (!given.empty()) davit.stages.resize(given.size());
    }
    using Stage = vision::DavitStageConfig;
    eachStage(davit, fields, {"dim_embed", "embed_dim"}, widths, [](Stage& s, int64_t v) { s.width = v; });
    eachStage(davit, fields, {"depths"}, depths, [](Stage& s, int64_t v) { s.depth = v; });
    eachStage(davit, fields, {"num_heads"}, widths, [](Stage& s, int64_t v) { s.heads = v; });
    eachStage(davit, fields, {"num_groups"}, widths, [](Stage& s, int64_t v) { s.groups = v; });
    eachStage(davit, fields, {"patch_size"}, {1, 64}, [](Stage& s, int64_t v) { s.patch = v; });
    eachStage(davit, fields, {"patch_stride"}, {1, 64}, [](Stage& s, int64_t v) { s.stride = v; });
    eachStage(davit, fields, {"patch_padding"}, {0, 63}, [](Stage& s, int64_t v) { s.padding = v; });
    readNormPlaces(davit, fields);
    davit.channels = fields.integerOr("in_channels", davit.channels, {1, 64});
    davit.window = fields.integerOr("window_size", davit.window, {1, 64});
    davit.mlpRatio = fields.integerOr("mlp_ratio", davit.mlpRatio, {1, 64});
    requireText(fields, "activation_function", "gelu");
    if (!fields.flagOr("qkv_bias", true)) fields.refuse("qkv_bias", "attention without bias is not supported");
    if (const auto positions = fields.objectIf("image_pos_embed")) requireText(*positions, "type", "learned_abs_2d");
    if (const auto frames = fields.objectIf("visual_temporal_embedding")) requireText(*frames, "type", "COSINE");
    if (fields.has("image_feature_source") &&
        fields.texts("image_feature_source") != std::vector<std::string>{"spatial_avg_pool", "temporal_avg_pool"})
        fields.refuse("image_feature_source", "only [\"spatial_avg_pool\", \"temporal_avg_pool\"] is supported");
}

void readText(language::BartConfig& text, const Fields& fields) {
    text.width = fields.integerOr("d_model", text.width, widths);
    text.encoderLayers = fields.integerOr("encoder_layers", text.encoderLayers, depths);
    text.encoderHeads = fields.integerOr("encoder_attention_heads", text.encoderHeads, widths);
    text.encoderInner = fields.integerOr("encoder_ffn_dim", text.encoderInner, widths);
    if (text.decoderLayers > 0) text.decoderLayers = fields.integerOr("decoder_layers", text.decoderLayers, depths);
    text.decoderHeads = fields.integerOr("decoder_attention_heads", text.decoderHeads, widths);
    text.decoderInner = fields.integerOr("decoder_ffn_dim", text.decoderInner, widths);
    text.scaleEmbedding = fields.flagOr("scale_embedding", false);
    requireText(fields, "activation_function", "gelu");
    for (const auto* key : {"normalize_before", "add_final_layer_norm", "add_bias_logits"})
        if (fields.flagOr(key, false)) fields.refuse(key, "is not supported");
}

language::EarlyStopping readEarlyStopping(const Fields& fields) {
    const auto* value = fields.find("early_stopping");
    if (value && value->is_string()) {
        requireText(fields, "early_stopping", "never");
        return language::EarlyStopping::Never;
    }
    return fields.flagOr("early_stopping", false) ? language::EarlyStopping::Yes : language::EarlyStopping::No;
}

language::SequenceOptions readGeneration(const Fields& fields, int64_t vocabulary) {
    const Range<int64_t> ids{0, vocabulary - 1};
    const auto idOr = [&](const char* key, std::optional<int64_t> fallback) {
        return fields.has(key) ? std::optional(fields.integer(key, ids)) : fallback;
    };
    language::SequenceOptions options;
    options.beams = fields.integerOr("num_beams", 1, {1, 64});
    options.earlyStopping = readEarlyStopping(fields);
    options.lengthPenalty = fields.numberOr("length_penalty", 1.0, {-100, 100});
    options.noRepeatNgram = fields.integerOr("no_repeat_ngram_size", 0, {0, 1000});
    options.end = idOr("eos_token_id", options.end).value();
    options.start = idOr("decoder_start_token_id", options.end).value();
    options.pad = idOr("pad_token_id", options.pad).value();
    options.forcedFirst = idOr("forced_bos_token_id", std::nullopt);
    // Configurations leave out what equals their class's default, which is the end id here; null means none.
    const bool none = fields.json().contains("forced_eos_token_id") && !fields.has("forced_eos_token_id");
    options.forcedLast = none ? std::nullopt : idOr("forced_eos_token_id", options.end);
    return options;
}

}  // namespace

FlorenceConfig FlorenceConfig::read(const nlohmann::json& config, const files::TensorTable& table,
                                    const std::string& prefix, const std::string& where) {
    FlorenceConfig florence = fromWeights(table, prefix);
    const Fields fields(config, where);
    const Fields vision = fields.object("vision_config"), text = fields.object("text_config");
    readDavit(florence.davit, vision);
    readText(florence.text, text);
    florence.text.generation = readGeneration(text, florence.text.vocabulary);
    florence.projection.outputWidth =
        vision.integerOr("projection_dim", fields.integerOr("projection_dim", florence.text.width, widths), widths);
    check(florence, where);
    return florence;
}

FlorenceConfig FlorenceConfig::infer(const files::TensorTable& table, const std::string& prefix) {
    FlorenceConfig florence = fromWeights(table, prefix);
    check(florence, table.begin()->second.file);
    return florence;
}

}  // namespace fusionscope::models
