#include "core/models/florence_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/florence_vl.h"

namespace fusionscope::models {

namespace {

constexpr int64_t publishedSide = 768;
constexpr const char* towerFolder = "vision_tower";

struct FoundJson {
    nlohmann::json json;
    std::string where;
};

/// The last part of a path or hub name, "florence-phi-vision-tower" of "jiuhai/florence-phi-vision-tower".
std::string lastPart(const std::string& name) {
    const auto path = std::filesystem::path(name);
    return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

/// A JSON file of the tower's own folder. Only names inside the checkpoint and right beside it are looked at, wherever
/// the configuration points to.
std::optional<FoundJson> findInTower(const files::ModelFolder& folder, const std::string& file) {
    std::vector<std::string> names = {towerFolder};
    if (const auto config = folder.jsonIf("config.json"); config && config->is_object()) {
        const files::Fields fields(*config, folder.where("config.json"));
        const auto named = lastPart(fields.textOr("mm_vision_tower", towerFolder));
        if (!named.empty() && named != "." && named != "..") names.push_back(named);
    }
    for (const auto& name : names)
        if (auto json = folder.jsonIf(name + "/" + file))
            return FoundJson{std::move(*json), folder.where(name + "/" + file)};

    std::error_code ignored;
    const auto here = std::filesystem::absolute(folder.path(), ignored).lexically_normal();
    const auto beside = (here.has_filename() ? here : here.parent_path()).parent_path();
    for (const auto& name : names)
        if (const auto path = beside / name / file; std::filesystem::is_regular_file(path, ignored))
            return FoundJson{files::readJson(path), path.string()};
    return std::nullopt;
}

constexpr files::Range<int64_t> sides{1, 4096};

int64_t sideOf(const FoundJson& processor) {
    const files::Fields fields(processor.json, processor.where);
    const auto* size = fields.find("size");
    if (!size) return publishedSide;
    if (!size->is_object()) return fields.integer("size", sides);
    const auto object = fields.object("size");
    if (!object.has("height")) return object.integer("shortest_edge", sides);
    const int64_t height = object.integer("height", sides), width = object.integer("width", sides);
    if (height != width)
        fields.refuse("size", concat("is ", width, " x ", height, ", only square pictures are supported"));
    return height;
}

}  // namespace

bool holdsFlorenceVl(const files::TensorTable& table) {
    const std::string prefix = FlorenceVl::towerPrefix;
    // Florence-2's native names begin alike, but their backbone follows directly.
    const auto found = table.lower_bound(prefix);
    return found != table.end() && found->first.starts_with(prefix);
}

FlorenceConfig readTowerOfFlorenceVl(const files::ModelFolder& folder, const files::TensorTable& table) {
    const auto found = findInTower(folder, "config.json");
    return found ? FlorenceConfig::read(found->json, table, FlorenceVl::towerPrefix, found->where)
                 : FlorenceConfig::infer(table, FlorenceVl::towerPrefix);
}

int64_t readImageSide(const files::ModelFolder& folder) {
    constexpr const char* file = "preprocessor_config.json";
    if (const auto found = findInTower(folder, file)) return sideOf(*found);
    if (auto json = folder.jsonIf(file)) return sideOf({std::move(*json), folder.where(file)});
    return publishedSide;
}

void checkImageSide(const FlorenceConfig& config, int64_t side, const std::string& where) {
    const int64_t grid = config.davit.gridSide(side);
    if (grid < 1 || grid > config.projection.positions)
        throw Error(concat("pictures of ", side, " x ", side, " pixels give a grid of ", grid, " x ", grid,
                           " patches, the position tables serve 1 to ", config.projection.positions),
                    where, "preprocessor_config.json and the weights do not belong together.");
}

}  // namespace fusionscope::models
