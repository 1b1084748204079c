#include "core/train/fresh.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/florence2.h"
#include "core/models/florence_names.h"
#include "core/models/florence_vl.h"
#include "core/models/stored_options.h"
#include "core/train/folder_writing.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

using nlohmann::json;
using Shapes = std::map<std::string, std::vector<int64_t>, std::less<>>;

/// Sizes with which a step takes milliseconds and the tests' pictures can still be learnt. Vocabularies stay.
void makeSmall(json& model, json& tower) {
    model.update({{"hidden_size", 96}, {"intermediate_size", 192}, {"num_hidden_layers", 2}, {"num_attention_heads", 3},
                  {"num_key_value_heads", 1}, {"head_dim", 32}, {"mm_hidden_size", 64}});
    tower["projection_dim"] = 64;
    tower["vision_config"].update({{"dim_embed", {16, 32, 48, 64}}, {"num_heads", {1, 2, 3, 4}}, {"num_groups", {1, 2, 3, 4}},
                                   {"depths", {1, 1, 1, 1}}, {"projection_dim", 64}});
    tower["text_config"].update({{"d_model", 64}, {"encoder_layers", 1}, {"decoder_layers", 1}, {"encoder_attention_heads", 2},
                                 {"decoder_attention_heads", 2}, {"encoder_ffn_dim", 128}, {"decoder_ffn_dim", 128}});
}

/// What the models ask for when they are built without memory. @param known shapes that are right or will be put right
Shapes shapesOf(const files::ModelFolder& folder, Shapes known) {
    while (true) {
        files::TensorTable table;
        for (const auto& [name, shape] : known) {
            table[name].shape = shape;
            table[name].file = "new model";
        }
        const auto report = std::make_shared<nn::WeightReport>();
        const auto config = models::FlorenceVlConfig::read(folder, table);
        const nn::WeightOptions options{.device = c10::kMeta, .compute = c10::kFloat, .report = report};
        bool complete = true;
        try {
            const nn::Weights place(std::make_shared<nn::WeightStore>(std::move(table), options));
            models::FlorenceVl(place, config);
            models::Florence2(place / "model" / "vision_tower" / "vision_tower", config.tower);
        } catch (const Error&) {
            complete = false;  // more was wrong than a report holds
        }
        const bool right = std::all_of(report->used.begin(), report->used.end(), [&](const auto& item) {
            const auto found = known.find(item.first);
            return found != known.end() && found->second == item.second;
        });
        if (complete && right) return {report->used.begin(), report->used.end()};
        if (right) throw Error("the sizes do not fit together", folder.path().string());
        for (const auto& [name, shape] : report->used) known[name] = shape;
    }
}

/// A new weight. Sizes matter where things are added: positions beside DaViT's outputs (7 wide) and V (1 wide) went
/// unseen with the usual small tables, and boxes were not learnt.
Tensor drawn(std::string_view name, const std::vector<int64_t>& shape, at::Generator& generator) {
    const bool bias = name.ends_with("bias"), table = name.find("embed") != std::string_view::npos || name.find("shared") != std::string_view::npos;
    if (bias) return at::zeros(shape);
    if (shape.size() == 1) return at::ones(shape);
    double size = 0.04;
    if (name.find("image_pos_embed") != std::string_view::npos)
        size = 1;
    else if (name.find("embed_positions") != std::string_view::npos)
        size = 0.3;
    else if (shape.size() == 4)
        size = (shape[1] == 1 ? 0.5 : 1.0) / std::sqrt(static_cast<double>(shape[1] * shape[2] * shape[3]));
    else if (name.ends_with("image_projection"))
        size = 1 / std::sqrt(static_cast<double>(shape[0]));
    else if (!table)
        size = std::min(0.06, 0.8 / std::sqrt(static_cast<double>(shape[1])));
    return at::randn(shape, generator, at::TensorOptions().dtype(c10::kFloat)) * size;
}

}  // namespace

void makeFreshModel(const std::filesystem::path& source, const std::filesystem::path& folder, bool small, uint64_t seed) {
    const auto model = files::ModelFolder::open(source);
    json config = model.json("config.json"), tower = model.json("vision_tower/config.json");
    if (small) makeSmall(config, tower);
    makeFolder(folder);
    copySmallFiles(source, folder);
    writeJson(folder / "config.json", config);
    writeJson(folder / "vision_tower" / "config.json", tower);

    // Sizes that only weights state.
    auto table = model.tensors();
    const std::string prefix = models::FlorenceVl::towerPrefix;
    models::canonicalizeFlorenceNames(table, prefix);
    const int64_t width = files::Fields(tower, "vision_tower/config.json").object("text_config").integer("d_model");
    const int64_t channels = files::Fields(tower, "vision_tower/config.json").object("vision_config").integers("dim_embed").back();
    Shapes known;
    for (const auto& [name, entry] : table) {
        auto shape = entry.shape;
        if (name.ends_with("model.shared.weight") || name.ends_with("embed_positions.weight")) shape.back() = width;
        if (name.find("image_pos_embed") != std::string::npos) shape.back() = channels / 2;
        if (name.ends_with("image_projection")) shape = {channels, width};
        if (name == projectorMatrix) shape = {config["hidden_size"].get<int64_t>(), 4 * width};
        if (!name.ends_with("pos_idx_to_embed")) known[name] = shape;  // the model makes this table itself
    }
    auto generator = at::detail::createCPUGenerator(seed);
    Tensors weights;
    writeWeights(folder / "model.safetensors", {});  // a folder without weights is no checkpoint
    for (const auto& [name, shape] : shapesOf(files::ModelFolder::open(folder), known)) weights[name] = drawn(name, shape, generator);
    writeWeights(folder / "model.safetensors", weights);
}

void makeUntaughtModel(const std::filesystem::path& source, const std::filesystem::path& folder, const fusion::FusionOptions& joining,
                       bool keepsLanguage, uint64_t seed) {
    const auto model = files::ModelFolder::open(source);
    Tensors weights = readWeights(model, c10::kCPU);
    if (!weights.contains(projectorMatrix)) throw Error("there is no mlp2x_gelu projector", source.string());
    const auto blocks = static_cast<int64_t>(fusion::FusionOptions{}.order.size());
    auto generator = at::detail::createCPUGenerator(seed);
    for (auto& [name, weight] : weights) {
        if (name.starts_with(models::FlorenceVl::towerPrefix) || (keepsLanguage && !name.starts_with(projectorPlace))) continue;
        auto shape = weight.sizes().vec();
        if (name == projectorMatrix)
            shape[1] = shape[1] / blocks *
                       (joining.kind == fusion::FusionKind::Channels ? static_cast<int64_t>(joining.order.size()) : 1);
        weight = drawn(name, shape, generator);
    }
    makeFolder(folder);
    copySmallFiles(source, folder);
    models::EncodeOptions encoding;
    encoding.fusion = joining;
    models::storeEncodeOptions(folder, encoding);
    writeWeights(folder / "model.safetensors", weights);
}

}  // namespace fusionscope::train
