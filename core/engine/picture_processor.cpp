#include "core/engine/picture_processor.h"

#include "core/files/error.h"
#include "core/files/model_folder.h"

namespace fusionscope::engine {

std::unique_ptr<image::Processor> loadCheckpointProcessor(const files::ModelFolder& folder) {
    const auto config = folder.json("config.json");
    const auto modelType = files::Fields(config, folder.where("config.json")).textOr("model_type", "");
    const auto file = towerFile(folder, "preprocessor_config.json");
    return image::makeProcessor(modelType, file ? files::readJson(*file) : nlohmann::json(), config,
                                file ? file->string() : folder.path().string());
}

std::unique_ptr<image::Processor> loadTowerProcessor(const files::ModelFolder& folder) {
    const auto file = towerFile(folder, "preprocessor_config.json");
    return image::makeProcessor("florence2", file ? files::readJson(*file) : nlohmann::json(), {},
                                file ? file->string() : folder.path().string());
}

std::optional<std::filesystem::path> towerFile(const files::ModelFolder& folder, const std::string& name) {
    if (folder.has(name)) return folder.file(name);
    if (folder.has("vision_tower/" + name)) return folder.file("vision_tower/" + name);
    const auto beside = folder.path().parent_path() / "vision_tower" / name;
    if (std::filesystem::is_regular_file(beside)) return beside;
    return std::nullopt;
}

}  // namespace fusionscope::engine
