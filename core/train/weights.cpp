#include "core/train/weights.h"

#include <ATen/ATen.h>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/models/florence_folder.h"
#include "core/models/florence_names.h"
#include "core/models/florence_vl.h"
#include "core/train/grid_heads.h"
#include "core/train/low_rank.h"

namespace fusionscope::train {

Tensors readWeights(const files::ModelFolder& folder, c10::Device device) {
    auto table = folder.tensors();
    if (!models::holdsFlorenceVl(table))
        throw Error("only a Florence-VL can be trained", folder.path().string(), "Name the folder of one, such as models/nano.");
    models::canonicalizeFlorenceNames(table, models::FlorenceVl::towerPrefix);
    for (const auto& [name, entry] : table)
        if (entry.dtype != files::DType::F32 && entry.dtype != files::DType::BF16 && entry.dtype != files::DType::F16)
            throw Error(concat("tensor ", name, " has type ", files::name(entry.dtype), ", which cannot be trained"), entry.file,
                        "Start from weights in F32, F16 or BF16.");
    nn::WeightStore store(table, {device, c10::kFloat});
    Tensors tensors;
    for (const auto& [name, entry] : table) tensors.emplace(name, store.loadOnce(name, *store.shape(name)).to(c10::kFloat).clone());
    return tensors;
}

nn::Weights asPlace(const Tensors& tensors) {
    nn::WeightOptions options;
    if (!tensors.empty()) options.device = tensors.begin()->second.device();
    return nn::Weights(std::make_shared<nn::WeightStore>(tensors, options));
}

bool isLearnt(std::string_view name) {
    return !name.ends_with("pos_idx_to_embed") && !name.ends_with("final_logits_bias");
}

bool isMatrix(std::string_view name, const Tensor& tensor) {
    return tensor.dim() == 2 && name.find("embed") == std::string_view::npos && name.find("shared") == std::string_view::npos &&
           !name.starts_with(GridHeads::place) && !isLowRank(name) && name != "lm_head.weight";
}

}  // namespace fusionscope::train
