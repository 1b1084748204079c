#include "core/models/florence_vl.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/florence_activations.h"
#include "core/models/florence_folder.h"
#include "core/models/florence_names.h"

namespace fusionscope::models {

namespace {

using fusion::Block;
using fusion::PooledToken;

const std::vector<std::string>& promptNames() {
    static const std::vector<std::string> names = {"caption", "ocr", "grounding"};
    return names;
}

/// The prompts of the released checkpoints in the ids of Florence-2's published tokenizer: "Describe in detail what is
/// shown in the image.", "What is the text in the image?", "Locate the objects in the image, with their descriptions."
std::array<std::vector<int64_t>, 3> publishedPrompts() {
    return {{{0, 47066, 21700, 11, 4617, 99, 16, 2343, 11, 5, 2274, 4, 2, 1},
             {0, 2264, 16, 5, 2788, 11, 5, 2274, 116, 2, 1, 1, 1, 1},
             {0, 574, 22486, 5, 8720, 11, 5, 2274, 6, 19, 49, 24173, 4, 2}}};
}

/// The row of ids at `mm_florence_prompt_ids`, which small checkpoints with a vocabulary of their own state.
std::array<std::vector<int64_t>, 3> readPrompts(const files::Fields& fields, int64_t vocabulary) {
    constexpr const char* key = "mm_florence_prompt_ids";
    auto prompts = publishedPrompts();
    if (const auto* rows = fields.find(key)) {
        if (!rows->is_array() || rows->size() != prompts.size())
            fields.refuse(key, "should be three rows of ids: caption, OCR, grounding");
        for (size_t i = 0; i < prompts.size(); ++i) {
            const nlohmann::json row = {{key, (*rows)[i]}};
            prompts[i] = files::Fields(row, fields.where()).integers(key, {0, vocabulary - 1});
            if (prompts[i].empty()) fields.refuse(key, concat("row ", i, " is empty"));
        }
    }
    for (const auto& prompt : prompts)
        if (*std::max_element(prompt.begin(), prompt.end()) >= vocabulary)
            fields.refuse(key, concat("is missing; the published prompts need a larger vocabulary than the tower's ",
                                      vocabulary, " tokens"));
    return prompts;
}

bool uses(const fusion::FusionOptions& options, Block block) {
    const auto contains = [block](const std::vector<Block>& list) {
        return std::find(list.begin(), list.end(), block) != list.end();
    };
    return contains(options.order) && (options.ablation == fusion::Ablation::None || !contains(options.ablated));
}

}  // namespace

FlorenceVlConfig FlorenceVlConfig::read(const files::ModelFolder& folder, const files::TensorTable& table) {
    const auto json = folder.json("config.json");
    const auto where = folder.where("config.json");
    const files::Fields fields(json, where);

    FlorenceVlConfig config;
    config.decoder = language::DecoderConfig::read(json, where);
    if (const auto generation = folder.jsonIf("generation_config.json"))
        config.decoder.addGenerationConfig(*generation, folder.where("generation_config.json"));
    config.tower = readTowerOfFlorenceVl(folder, table);
    config.holdsTowerDecoder =
        table.contains(std::string(FlorenceVl::towerPrefix) + "language_model.model.decoder.layers.0.self_attn.q_proj.weight");
    config.imageSide = readImageSide(folder);
    checkImageSide(config.tower, config.imageSide, where);
    config.projectorType = fields.textOr("mm_projector_type", config.projectorType);
    config.longestPrompt = fields.integerOr("tokenizer_model_max_length", config.longestPrompt, {1, 1 << 24});
    config.prompts = readPrompts(fields, config.tower.text.vocabulary);
    config.options.fusion.pooledToken =
        fields.flagOr("mm_drop_pooled_token", true) ? PooledToken::CutAtEnd : PooledToken::Kept;
    if (fields.integerOr("mm_hidden_size", config.tower.text.width) != config.tower.text.width)
        fields.refuse("mm_hidden_size", concat("the tower's features are ", config.tower.text.width, " wide"));
    return config;
}

std::unique_ptr<FlorenceVl> FlorenceVl::load(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    auto table = folder.tensors();
    const std::string prefix = towerPrefix;
    if (!holdsFlorenceVl(table))
        throw Error("there is no Florence-2 tower among the weights (" + prefix + "…)", folder.path().string(),
                    "LLaVA models with other vision towers are not Florence-VL.");
    canonicalizeFlorenceNames(table, prefix);
    auto config = FlorenceVlConfig::read(folder, table);
    const auto store = std::make_shared<nn::WeightStore>(std::move(table), options);
    // Features need the tower's encoder alone; the decoder is read when a task is asked for (Florence2::inside).
    store->ignore(prefix + "language_model.model.decoder.");
    store->ignore(prefix + "language_model.final_logits_bias");
    return std::make_unique<FlorenceVl>(nn::Weights(store), std::move(config));
}

FlorenceVl::FlorenceVl(const nn::Weights& weights, FlorenceVlConfig config)
    : m_config(std::move(config)),
      m_tower(weights / "model" / "vision_tower" / "vision_tower", m_config.tower),
      m_projector(weights / "model" / "mm_projector", m_config.projectorType, m_config.decoder.hidden),
      m_decoder(weights, m_config.decoder) {}

fusion::FeatureBlocks FlorenceVl::features(const Tensor& pixels, const EncodeOptions& options,
                                           const nn::Pass& pass) const {
    const auto pooled = options.fusion.pooledToken;
    const nn::Pass towerPass = pass.part(0, 0.6), encoderPass = pass.part(0.6, 1);
    const Tensor withPooled = m_tower.imageFeatures(pixels, towerPass);  // [pictures, 1+n, width]
    pass.record("tower/image", withPooled);
    const int64_t patches = withPooled.size(1) - 1;
    const Tensor image = pooled == PooledToken::CutBeforeEncoder ? withPooled.narrow(1, 1, patches) : withPooled;

    const int64_t pad = m_config.tower.text.generation.pad;
    const Tensor ids = padRows({m_config.prompts.begin(), m_config.prompts.end()}, pad, pixels.device());
    const Tensor mask = options.fusion.maskPromptPadding ? ids.ne(pad) : Tensor();
    const Tensor encoded = m_tower.encode(image, ids, mask, encoderPass, encoderRecorder(encoderPass, promptNames()));

    const int64_t first = pooled == PooledToken::CutAtEnd ? 1 : 0;
    const auto kept = [&](const Tensor& rows) { return rows.narrow(1, first, image.size(1) - first); };
    const Tensor breadth = kept(encoded).unflatten(0, {image.size(0), 3});  // [pictures, prompts, n, width]
    const fusion::FeatureBlocks blocks{kept(image), breadth.select(1, 0), breadth.select(1, 1), breadth.select(1, 2)};
    pass.record(encoderActivation("caption", "image"), blocks.caption);
    pass.record(encoderActivation("ocr", "image"), blocks.ocr);
    pass.record(encoderActivation("grounding", "image"), blocks.grounding);
    runExtraPrompts(image, options, pass);
    return blocks;
}

void FlorenceVl::runExtraPrompts(const Tensor& image, const EncodeOptions& options, const nn::Pass& pass) const {
    if (!pass.recorder) return;
    nn::Pass quiet = pass;
    quiet.progress = nullptr;
    const int64_t first = options.fusion.pooledToken == PooledToken::CutAtEnd ? 1 : 0;
    for (const auto& prompt : options.extraPrompts) {
        checkIds(prompt.ids, m_tower.embedding().size(0), "prompt " + prompt.name);
        const std::vector<std::string> names = {prompt.name};
        const Tensor ids = padRows({prompt.ids}, m_config.tower.text.generation.pad, image.device());
        const Tensor encoded = m_tower.encode(image, ids, {}, quiet, encoderRecorder(quiet, names));
        pass.record(encoderActivation(prompt.name, "image"), encoded.narrow(1, first, image.size(1) - first));
    }
}

Tensor FlorenceVl::project(const fusion::FeatureBlocks& blocks, const EncodeOptions& options,
                           const nn::Pass& pass) const {
    RECORD_USER_SCOPE("fusion");
    const Tensor fused = fusion::fuse(blocks, options.fusion);
    pass.record("fusion/concat", fused);
    const auto layers = m_projector.layers(fused);
    for (size_t i = 0; i + 1 < layers.size(); ++i) pass.record(concat("fusion/projector/layer", i), layers[i]);
    pass.record("fusion/projected", layers.back());
    return layers.back();
}

fusion::FeatureBlocks FlorenceVl::features(const std::vector<PictureTensors>& pictures, const EncodeOptions& options,
                                           const nn::Pass& pass) const {
    if (pictures.empty()) throw Error("there is no picture", "picture");
    const auto& like = m_tower.embedding();
    std::vector<Tensor> pixels;
    for (const auto& picture : pictures) {
        if (picture.pixels.dim() != 4 || picture.pixels.size(0) != 1)
            throw Error(concat("a picture has shape ", picture.pixels.sizes(), ", expected [1, 3, height, width]"),
                        "picture");
        if (picture.pixels.sizes() != pictures.front().pixels.sizes())
            throw Error("pictures of one batch must have one size", "picture");
        pixels.push_back(picture.pixels.to(like.device(), like.scalar_type()));
    }
    return features(at::cat(pixels), options, pass);
}

Tensor FlorenceVl::encodeBatch(const std::vector<PictureTensors>& pictures, const EncodeOptions& options,
                               const nn::Pass& pass) const {
    return project(features(pictures, options, pass), options, pass);
}

Tensor FlorenceVl::encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const {
    return encodeBatch({picture}, options, pass)[0];
}

Tensor FlorenceVl::splice(const std::vector<int64_t>& ids, const std::vector<Tensor>& pictures) const {
    const auto places = std::count(ids.begin(), ids.end(), picturePlaceholder);
    if (places != static_cast<std::ptrdiff_t>(pictures.size()))
        throw Error(concat("the prompt has places for ", places, " pictures, there are ", pictures.size()), "prompt");
    if (ids.empty()) throw Error("the prompt is empty", "prompt");

    std::vector<Tensor> parts;
    auto picture = pictures.begin();
    for (auto begin = ids.begin(); begin != ids.end();) {
        const auto end = std::find(begin, ids.end(), picturePlaceholder);
        if (end != begin) parts.push_back(m_decoder.embed(std::vector<int64_t>(begin, end)).squeeze(0));
        begin = end;
        if (begin == ids.end()) break;
        parts.push_back(*picture++);
        ++begin;
    }
    const Tensor whole = at::cat(parts);  // [length, hidden]
    return whole.narrow(0, 0, std::min(whole.size(0), m_config.longestPrompt)).unsqueeze(0);
}

int64_t FlorenceVl::visualTokens(const PictureLayout& /*picture*/, const EncodeOptions& options) const {
    const int64_t side = m_config.tower.davit.gridSide(m_config.imageSide);
    const int64_t tokens = side * side + (options.fusion.pooledToken == PooledToken::Kept ? 1 : 0);
    const bool blockAfterBlock = options.fusion.kind == fusion::FusionKind::Tokens;
    return blockAfterBlock ? tokens * static_cast<int64_t>(options.fusion.order.size()) : tokens;
}

std::vector<ActivationInfo> FlorenceVl::activations(const PictureLayout& picture, const EncodeOptions& options) const {
    const auto& fusion = options.fusion;
    const bool kept = fusion.pooledToken == PooledToken::Kept;
    const bool seen = fusion.pooledToken != PooledToken::CutBeforeEncoder;
    auto list = towerActivations(m_config.tower, m_config.imageSide);
    list.back().reachesLanguageModel = uses(fusion, Block::V);
    const auto addPrompt = [&](const std::string& name, bool reaches) {
        auto more = promptActivations(m_config.tower, m_config.imageSide, name, seen, kept, reaches);
        list.insert(list.end(), more.begin(), more.end());
    };
    addPrompt("caption", uses(fusion, Block::Caption));
    addPrompt("ocr", uses(fusion, Block::Ocr));
    addPrompt("grounding", uses(fusion, Block::Grounding));
    for (const auto& prompt : options.extraPrompts) addPrompt(prompt.name, false);

    const int64_t side = m_config.tower.davit.gridSide(m_config.imageSide), tokens = visualTokens(picture, options);
    const bool grid = fusion.kind != fusion::FusionKind::Tokens;
    const auto add = [&](const std::string& name, const char* row, const std::string& column, int64_t channels) {
        ActivationInfo info;
        info.name = name;
        info.row = row;
        info.column = column;
        info.shape = {side, side, channels};
        info.reachesLanguageModel = true;
        info.isMap = grid;
        info.firstPatch = kept ? 1 : 0;
        if (!grid) info.shape = {1, tokens, channels};
        list.push_back(std::move(info));
    };
    const bool channels = fusion.kind == fusion::FusionKind::Channels;
    const auto blocks = channels ? static_cast<int64_t>(fusion.order.size()) : 1;
    const int64_t hidden = m_config.decoder.hidden;
    add("fusion/concat", "fused", "concat", blocks * m_config.tower.text.width);
    for (int64_t i = 0; i + 1 < m_projector.layerCount(); ++i)
        add(concat("fusion/projector/layer", i), "fused", concat("layer", i), hidden);
    add("fusion/projected", "fused", "projected", hidden);
    add("llm/embed", "language", "embed", hidden);
    for (int64_t i = 0; i < m_config.decoder.layers; ++i)
        add(concat("llm/layer", i), "language", concat("layer", i), hidden);
    add("llm/norm", "language", "norm", hidden);
    add("llm/logits", "language", "logits", 0);
    list.back().shape = {1, m_config.decoder.vocabulary};
    list.back().isMap = false;
    return list;
}

}  // namespace fusionscope::models
