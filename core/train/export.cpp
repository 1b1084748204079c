#include "core/train/export.h"

#include <ATen/ATen.h>

#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/train/folder_writing.h"
#include "core/train/grid_heads.h"
#include "core/train/low_rank.h"
#include "core/train/snapshot.h"
#include "core/train/training.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

struct Learnt {
    std::filesystem::path source;
    Tensors weights;
};

/// What a training learnt, without its helpers.
Learnt learntBy(const std::filesystem::path& training) {
    const auto file = std::filesystem::exists(bestOf(training)) ? bestOf(training) : checkpointOf(training);
    const auto snapshot = Snapshot::read(file);
    Learnt learnt{files::Fields(snapshot.state, file.string()).text("source"), {}};
    for (const auto& [name, tensor] : snapshot.tensors) {
        constexpr std::string_view prefix = "average/";
        if (name.starts_with(prefix) && !name.substr(prefix.size()).starts_with(GridHeads::place)) learnt.weights[name.substr(prefix.size())] = tensor;
    }
    return learnt;
}

}  // namespace

void exportModel(const std::filesystem::path& training, const std::filesystem::path& folder) {
    const auto learnt = learntBy(training);
    Tensors weights = readWeights(files::ModelFolder::open(learnt.source), c10::kCPU);
    for (const auto& [name, tensor] : learnt.weights) weights[name] = tensor;
    mergeLowRank(weights);
    makeFolder(folder);
    copySmallFiles(learnt.source, folder);
    writeWeights(folder / "model.safetensors", weights);
}

void exportAdapter(const std::filesystem::path& training, const std::filesystem::path& file) { writeWeights(file, learntBy(training).weights); }

}  // namespace fusionscope::train
