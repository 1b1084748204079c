#include "core/train/lesson_plan.h"

#include <fstream>
#include <sstream>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/florence_names.h"
#include "core/nn/cpu.h"
#include "core/train/chat_model.h"
#include "core/train/chat_stage.h"
#include "core/train/export.h"
#include "core/train/fresh.h"
#include "core/train/tower_stage.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

namespace fs = std::filesystem;

/// How far a curve's loss has fallen: its first lines' mean over its last lines'.
double fall(const fs::path& curve) {
    constexpr std::size_t lines = 8;
    std::ifstream in(curve);
    std::string line;
    std::getline(in, line);
    std::vector<double> losses;
    while (std::getline(in, line)) {
        std::istringstream fields(line.substr(line.find(',') + 1));
        double loss = 0;
        if (fields >> loss) losses.push_back(loss);
    }
    if (losses.size() < 2 * lines) return 0;
    double first = 0, last = 0;
    for (std::size_t i = 0; i < lines; ++i) {
        first += losses[i];
        last += losses[losses.size() - 1 - i];
    }
    return first / last;
}

/// Where the folder keeps a file of the tower.
std::string towerFile(const files::ModelFolder& folder, const std::string& name) { return folder.has(name) ? name : "vision_tower/" + name; }

std::unique_ptr<image::Processor> processorOf(const files::ModelFolder& folder) {
    const auto config = folder.json("config.json");
    const auto file = towerFile(folder, "preprocessor_config.json");
    return image::makeProcessor(files::Fields(config, folder.where("config.json")).text("model_type"), folder.json(file), config, folder.where(file));
}

std::unique_ptr<Album> albumOf(const LessonPlan& plan, const world::Materials& materials, const image::Processor& processor) {
    const auto& recipe = plan.recipe;
    auto painted = std::make_unique<PaintedAlbum>(materials, processor, world::Split::Train, recipe.seed, recipe.families, recipe.lessons);
    if (!plan.data) return painted;
    auto own = std::make_unique<FolderAlbum>(*plan.data, processor, recipe.seed, recipe.lessons);
    return std::make_unique<MixedAlbum>(std::move(painted), std::move(own), recipe.dataShare);
}

void trainTower(const LessonPlan& plan, const files::ModelFolder& folder, const models::FlorenceVlConfig& config, const Tensors& weights,
                const world::Materials& materials, const TrainingOptions& options, c10::ScalarType compute) {
    if (plan.data)
        throw Error("the tower's stage learns from painted pictures alone", plan.data->string(), "Choose the recipe captions or instructions.");
    text::LoadOptions withLocations;
    withLocations.florenceTokens = true;
    const auto tokenizer = text::loadTokenizer(plan.model / "vision_tower", withLocations);
    const auto processor = processorOf(folder);
    TowerStage stage(plan.recipe, weights, config, materials, *processor, *tokenizer, compute);
    runTraining(stage, plan.recipe, options, compute);
}

void trainChat(const LessonPlan& plan, const files::ModelFolder& folder, const models::FlorenceVlConfig& config, const Tensors& weights,
               const world::Materials& materials, const TrainingOptions& options, c10::ScalarType compute) {
    const auto json = folder.json("config.json");
    const auto chat = text::ChatTemplate::named(
        files::Fields(json, folder.where("config.json")).textOr("conversation_template", "chatml-nosystem"));
    const auto tokenizer = text::loadTokenizer(plan.model);
    const auto processor = processorOf(folder);
    const auto album = albumOf(plan, materials, *processor);
    const PaintedAlbum exam(materials, *processor, world::Split::Test, plan.recipe.seed, plan.recipe.families, plan.recipe.lessons);
    ChatStage stage(plan.recipe, weights, config, folder, chat, *album, exam, *tokenizer, compute);
    runTraining(stage, plan.recipe, options, compute);
}

}  // namespace

Recipe readRecipe(const fs::path& file) {
    const auto own = files::readJson(file);
    const files::Fields fields(own, file.string());
    if (!fields.has("like")) return Recipe::read(own, file.string());
    auto whole = files::readJson(file.parent_path() / fields.text("like"));
    if (!whole.is_object() || whole.contains("like")) fields.refuse("like", "has to name a recipe that says everything itself");
    whole.merge_patch(own);
    return Recipe::read(whole, file.string());
}

void train(const LessonPlan& plan, TrainingOptions options) {
    const auto folder = files::ModelFolder::open(plan.model);
    auto table = folder.tensors();
    models::canonicalizeFlorenceNames(table, models::FlorenceVl::towerPrefix);
    const auto config = models::FlorenceVlConfig::read(folder, table);
    Tensors weights = readWeights(folder, plan.device);
    if (!plan.adapter.empty()) {
        if (plan.recipe.lowRank == 0)
            throw Error("the recipe learns no low-rank changes, which an adapter holds", plan.adapter.string(), "Choose the recipe chat.");
        putAdapter(plan.adapter, weights);
    }
    const auto materials = world::Materials::load(plan.materials);
    // Weights stay in fp32; what is multiplied with them is cast to the type that is fast here.
    const auto compute = plan.device.is_cpu() ? nn::fastProductType(c10::kBFloat16) : c10::kBFloat16;
    options.source = fs::absolute(plan.model).string();
    if (plan.recipe.stage == Recipe::Stage::Tower)
        trainTower(plan, folder, config, weights, materials, options, compute);
    else
        trainChat(plan, folder, config, weights, materials, options, compute);
}

TinyResult trainTiny(const fs::path& source, const fs::path& materials, const fs::path& recipes, const TrainingOptions& options) {
    const fs::path start = options.folder / "start", tower = options.folder / "tower", chat = options.folder / "chat";
    const auto make = [](const fs::path& folder, const auto& maker) {
        // The weights are written last: without them the folder was left unfinished.
        if (fs::exists(folder / "model.safetensors")) return;
        fs::remove_all(folder);
        maker();
    };
    const auto stage = [&](const char* recipe, const fs::path& model, const fs::path& folder) {
        TrainingOptions own = options;
        own.folder = folder;
        train({readRecipe(recipes / recipe), model, {}, materials, {}}, own);
    };
    make(start, [&] { makeFreshModel(source, start, true, 1); });
    stage("tiny-tower.json", start, tower);
    make(options.folder / "seeing", [&] { exportModel(tower, options.folder / "seeing"); });
    stage("tiny-instructions.json", options.folder / "seeing", chat);
    make(options.folder / "model", [&] { exportModel(chat, options.folder / "model"); });
    return {fall(tower / "curve.csv"), fall(chat / "curve.csv")};
}

}  // namespace fusionscope::train
