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

void exportModel(const std::filesystem::path& training, const std::filesystem::path& folder) {
    const auto file = std::filesystem::exists(bestOf(training)) ? bestOf(training) : checkpointOf(training);
    const auto snapshot = Snapshot::read(file);
    const std::filesystem::path source = files::Fields(snapshot.state, file.string()).text("source");
    Tensors weights = readWeights(files::ModelFolder::open(source), c10::kCPU);
    for (const auto& [name, tensor] : snapshot.tensors)
        if (constexpr std::string_view prefix = "average/"; name.starts_with(prefix)) weights[name.substr(prefix.size())] = tensor;
    std::erase_if(weights, [](const auto& item) { return item.first.starts_with(GridHeads::place); });
    mergeLowRank(weights);
    makeFolder(folder);
    copySmallFiles(source, folder);
    writeWeights(folder, weights);
}

}  // namespace fusionscope::train
