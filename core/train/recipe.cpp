#include "core/train/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::train {

namespace {

constexpr std::array<std::pair<std::string_view, Recipe::Stage>, 3> stages = {
    {{"tower", Recipe::Stage::Tower}, {"captions", Recipe::Stage::Captions}, {"instructions", Recipe::Stage::Instructions}}};

world::Family familyNamed(const std::string& name, const files::Fields& fields) {
    for (const world::Family family : world::families)
        if (world::nameOf(family) == name) return family;
    fields.refuse("families", "names \"" + name + "\", which is no family of scenes");
}

OptimizerOptions readOptimizer(const files::Fields& fields) {
    OptimizerOptions options;
    options.matrixRate = fields.numberOr("matrix_rate", options.matrixRate, {0, 1});
    options.otherRate = fields.numberOr("other_rate", options.otherRate, {0, 1});
    options.matrixDecay = fields.numberOr("matrix_decay", options.matrixDecay, {0, 1});
    options.momentum = fields.numberOr("momentum", options.momentum, {0, 0.9999});
    options.beta1 = fields.numberOr("beta1", options.beta1, {0, 0.9999});
    options.beta2 = fields.numberOr("beta2", options.beta2, {0, 0.99999});
    options.clip = fields.numberOr("clip", options.clip, {1e-6, 1e6});
    return options;
}

}  // namespace

Recipe Recipe::read(const nlohmann::json& json, const std::string& where) {
    const files::Fields fields(json, where);
    Recipe recipe;
    const auto name = fields.text("stage");
    const auto stage = std::find_if(stages.begin(), stages.end(), [&](const auto& row) { return row.first == name; });
    if (stage == stages.end()) fields.refuse("stage", "is \"" + name + "\", expected tower, captions or instructions");
    recipe.stage = stage->second;
    recipe.pictures = fields.integer("pictures", {1, int64_t{1} << 40});
    recipe.batch = fields.integerOr("batch", recipe.batch, {1, 4096});
    recipe.seed = static_cast<uint64_t>(fields.integerOr("seed", 1, {0, int64_t{1} << 60}));
    recipe.warmUp = fields.integerOr("warm_up", recipe.warmUp, {0, int64_t{1} << 40});
    recipe.leastRate = fields.numberOr("least_rate", recipe.leastRate, {0, 1});
    recipe.examineEvery = fields.integerOr("examine_every", recipe.examineEvery, {0, int64_t{1} << 40});
    recipe.examined = fields.integerOr("examined", recipe.examined, {1, 1 << 20});
    recipe.average = fields.numberOr("average", recipe.average, {0, 0.99999});
    if (const auto optimizer = fields.objectIf("optimizer")) recipe.optimizer = readOptimizer(*optimizer);
    if (const auto families = fields.objectIf("families"))
        for (const auto& [family, share] : families->json().items())
            if (const double part = families->number(family, {0, 1e6}); part > 0) recipe.families.emplace_back(familyNamed(family, fields), part);
    if (fields.has("families") && recipe.families.empty()) fields.refuse("families", "names no family with a share above 0");
    recipe.tasksFrom = fields.integerOr("tasks_from", recipe.tasksFrom, {0, int64_t{1} << 40});
    recipe.gridFirst = fields.numberOr("grid_first", recipe.gridFirst, {0, 100});
    recipe.gridLast = fields.numberOr("grid_last", recipe.gridLast, {0, 100});
    recipe.longestText = fields.integerOr("longest_text", recipe.longestText, {8, 1 << 14});
    recipe.trainsTower = fields.flagOr("trains_tower", recipe.trainsTower);
    recipe.lowRank = fields.integerOr("low_rank", recipe.lowRank, {0, 1024});
    recipe.lessons.least = static_cast<int>(fields.integerOr("least_exchanges", recipe.lessons.least, {1, 64}));
    recipe.lessons.most = static_cast<int>(fields.integerOr("most_exchanges", recipe.lessons.most, {recipe.lessons.least, 64}));
    recipe.lessons.captions = fields.numberOr("captions", recipe.lessons.captions, {0, 1});
    recipe.lessons.dialogues = fields.numberOr("dialogues", recipe.lessons.dialogues, {0, 1});
    recipe.cellWeight = fields.numberOr("cell_weight", recipe.cellWeight, {0, 100});
    recipe.visits = fields.integerOr("visits", recipe.visits, {1, 64});
    if (recipe.batch % recipe.visits != 0) fields.refuse("visits", "does not divide the batch");
    recipe.pool = fields.integerOr("pool", recipe.pool, {1, 1 << 20});
    recipe.dataShare = fields.numberOr("data_share", recipe.dataShare, {0, 1});
    recipe.longestLesson = fields.integerOr("longest_lesson", recipe.longestLesson, {32, 1 << 14});
    recipe.answerBalance = fields.numberOr("answer_balance", recipe.answerBalance, {0, 1});
    return recipe;
}

double Recipe::done(int64_t seen) const {
    return std::clamp(static_cast<double>(seen - warmUp) / static_cast<double>(std::max<int64_t>(1, pictures - warmUp)), 0.0, 1.0);
}

double Recipe::rate(int64_t seen, double done) const {
    if (seen < warmUp) return static_cast<double>(seen + batch) / static_cast<double>(warmUp + batch);
    return leastRate + (1 - leastRate) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

double Recipe::gridWeight(int64_t seen, double done) const { return seen < tasksFrom ? 1 : gridFirst + (gridLast - gridFirst) * done; }

}  // namespace fusionscope::train
