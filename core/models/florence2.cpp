#include "core/models/florence2.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/models/florence_activations.h"
#include "core/models/florence_folder.h"
#include "core/models/florence_names.h"
#include "core/models/florence_vl.h"

namespace fusionscope::models {

namespace {

/// The model's configuration with its search settings complete: newer checkpoints keep those in generation_config.json
/// alone. Where both state one, text_config counts.
nlohmann::json configWithGeneration(const files::ModelFolder& folder) {
    auto config = folder.json("config.json");
    const auto generation = folder.jsonIf("generation_config.json");
    if (generation && generation->is_object() && config.is_object() && config.contains("text_config") &&
        config["text_config"].is_object())
        for (const auto& [key, value] : generation->items())
            if (!config["text_config"].contains(key)) config["text_config"][key] = value;
    return config;
}

FlorenceConfig readConfig(const files::ModelFolder& folder, const files::TensorTable& table) {
    if (holdsFlorenceVl(table)) return readTowerOfFlorenceVl(folder, table);
    return FlorenceConfig::read(configWithGeneration(folder), table, "", folder.where("config.json"));
}

const FlorenceConfig& requireDecoder(const FlorenceConfig& config) {
    if (config.text.decoderLayers < 1)
        throw Error("the checkpoint holds no Florence-2 decoder", "checkpoint",
                    "Its tower gives features but cannot write text.");
    return config;
}

}  // namespace

std::unique_ptr<Florence2> Florence2::load(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    auto table = folder.tensors();
    const std::string prefix = holdsFlorenceVl(table) ? FlorenceVl::towerPrefix : "";
    canonicalizeFlorenceNames(table, prefix);
    const auto config = readConfig(folder, table);
    const int64_t side = readImageSide(folder);
    checkImageSide(config, side, folder.where("preprocessor_config.json"));
    const auto store = std::make_shared<nn::WeightStore>(std::move(table), options);
    auto model = std::make_unique<Florence2>(nn::Weights(store, prefix), config);
    model->m_imageSide = side;
    return model;
}

std::unique_ptr<Florence2> Florence2::inside(const FlorenceVl& vl, const files::ModelFolder& folder,
                                             const nn::WeightOptions& options) {
    auto table = folder.tensors();
    canonicalizeFlorenceNames(table, FlorenceVl::towerPrefix);
    const auto store = std::make_shared<nn::WeightStore>(std::move(table), options);
    auto model = std::make_unique<Florence2>(vl.tower(), nn::Weights(store, FlorenceVl::towerPrefix));
    model->m_imageSide = vl.config().imageSide;
    return model;
}

Florence2::Florence2(const nn::Weights& weights, const FlorenceConfig& config)
    : Florence2(FlorenceTower(weights, requireDecoder(config)), weights) {}

Florence2::Florence2(FlorenceTower tower, const nn::Weights& weights)
    : m_tower(std::move(tower)),
      m_decoder(weights / "language_model" / "model" / "decoder", requireDecoder(m_tower.config()).text, m_tower.embedding(),
                (weights / "language_model").tensorOrNone("final_logits_bias", {1, m_tower.config().text.vocabulary})) {}

Tensor Florence2::encode(const PictureTensors& picture, const std::vector<int64_t>& promptIds, const nn::Pass& pass,
                         const std::string& promptName) const {
    const auto& table = m_tower.embedding();
    checkIds(promptIds, table.size(0), "task prompt");
    const nn::Pass first = pass.part(0, 0.7), second = pass.part(0.7, 1);
    const Tensor image = m_tower.imageFeatures(picture.pixels.to(table.device(), table.scalar_type()), first);
    if (image.size(0) != 1)
        throw Error(concat("Florence-2 reads one picture at a time, not ", image.size(0)), "picture");
    pass.record("tower/image", image);

    const std::vector<std::string> names = {promptName};
    const Tensor ids = padRows({promptIds}, m_tower.config().text.generation.pad, table.device());
    const Tensor encoded = m_tower.encode(image, ids, {}, second, encoderRecorder(second, names));
    pass.record(encoderActivation(promptName, "image"), encoded.narrow(1, 1, image.size(1) - 1));
    return encoded;
}

language::GeneratedSequence Florence2::generate(const Tensor& encoded, const language::SequenceOptions& options,
                                                const nn::Pass& pass, const language::TokenCallback& onToken) const {
    auto possible = options;
    possible.maxNewTokens = std::min(options.maxNewTokens, m_decoder.longest());
    const auto steps = m_decoder.start(encoded, {}, possible.maxNewTokens);
    auto found = language::searchSequence(*steps, possible, pass, onToken);
    if (pass.wants("tower/decoder/logits") && found.ids.size() > 1) {
        const std::vector<int64_t> fed(found.ids.begin(), found.ids.end() - 1);
        logits(padRows({fed}, possible.pad, encoded.device()), encoded, {}, pass);
    }
    return found;
}

Tensor Florence2::logits(const Tensor& ids, const Tensor& encoded, const Tensor& encodedMask,
                         const nn::Pass& pass) const {
    const Tensor hidden = m_decoder(ids, encoded, encodedMask, pass, [&](int64_t layer, const Tensor& state) {
        pass.record(layer == 0 ? "tower/decoder/embed" : "tower/decoder/layer" + std::to_string(layer - 1), state);
    });
    const Tensor scores = m_decoder.logits(hidden);
    pass.record("tower/decoder/logits", scores);
    return scores;
}

std::vector<ActivationInfo> Florence2::activations(const std::string& promptName) const {
    const auto& config = m_tower.config();
    auto list = towerActivations(config, m_imageSide);
    for (auto& info : promptActivations(config, m_imageSide, promptName, true, false, false))
        list.push_back(std::move(info));
    return list;
}

}  // namespace fusionscope::models
