#include "core/engine/program_files.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "core/files/error.h"

namespace fusionscope::engine {

namespace {

namespace fs = std::filesystem;

/// A folder of the program's own. @param variable of the environment that names `area` elsewhere
fs::path find(const char* variable, const fs::path& area, const fs::path& name) {
    std::vector<fs::path> places;
    if (const char* chosen = std::getenv(variable); chosen && *chosen) places.push_back(chosen / name);
    std::error_code ignored;
    const auto program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    places.push_back((program / "../../.." / area / name).lexically_normal());           // build/PRESET/bin
    places.push_back((program / "../share/fusionscope" / area / name).lexically_normal());  // installed
    std::string searched;
    for (const auto& place : places) {
        if (fs::is_directory(place, ignored)) return place;
        searched += (searched.empty() ? "" : ", ") + place.string();
    }
    throw Error("the program's own files were not found", name.string(),
                "Searched: " + searched + ". Name their folder in " + variable + ".");
}

}  // namespace

fs::path bundledModel() { return find("FUSIONSCOPE_MODELS", "models", "nano"); }

fs::path defaultModel() {
    if (const char* chosen = std::getenv("FUSIONSCOPE_MODEL"); chosen && *chosen) return chosen;
    const auto bundled = bundledModel(), chat = bundled.parent_path() / "chat";
    std::error_code ignored;
    return fs::exists(chat / "model.safetensors", ignored) ? chat : bundled;
}

fs::path samplePictures() { return find("FUSIONSCOPE_RESOURCES", "resources", "samples"); }
fs::path samplePairs() { return find("FUSIONSCOPE_RESOURCES", "resources", "pairs"); }
fs::path evaluationFiles() { return find("FUSIONSCOPE_RESOURCES", "resources", "evaluation"); }
fs::path worldMaterials() { return find("FUSIONSCOPE_RESOURCES", "resources", "world"); }

fs::path trainingRecipes() { return find("FUSIONSCOPE_RESOURCES", "resources", "train"); }
fs::path comparisonScripts() { return find("FUSIONSCOPE_TESTS", "tests", "bench"); }

}  // namespace fusionscope::engine
