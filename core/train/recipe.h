#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/train/lessons.h"
#include "core/train/optimizer.h"
#include "core/train/samples.h"

namespace fusionscope::train {

/// One stage of a training: what is shown, how much of it, how fast is learnt. Read from resources/train/NAME.json.
struct Recipe {
    enum class Stage { Tower, Captions, Instructions };
    Stage stage = Stage::Tower;
    int64_t pictures = 0;      ///< shown in all; the schedule is tied to them (see also TrainingOptions::seconds)
    int64_t batch = 16;        ///< pictures a step
    uint64_t seed = 1;         ///< of the order of pictures
    int64_t warmUp = 1000;     ///< pictures until the full rate
    double leastRate = 0.02;   ///< share of the rates at the end
    int64_t examineEvery = 0;  ///< pictures between two examinations on others; 0: none
    int64_t examined = 128;    ///< pictures of an examination, rounded up to whole batches
    double average = 0.999;    ///< share of the running mean of weights that a step keeps
    OptimizerOptions optimizer;
    FamilyShares families;
    // The tower's stage.
    int64_t tasksFrom = 0;     ///< pictures that are shown to the grid's heads alone before texts are asked for
    double gridFirst = 1, gridLast = 0.1;  ///< weight of the grid's losses beside those of texts
    int64_t longestText = 112; ///< tokens of a target
    // The other stages.
    bool trainsTower = false;
    int64_t lowRank = 0;       ///< > 0: the language model's matrices stay and get changes of this rank (see low_rank.h)
    LessonMix lessons;
    double cellWeight = 0.4;   ///< of naming the cells from the projected tokens alone, beside that of the answers
    int64_t visits = 4;        ///< times that a picture is asked about while the tower is frozen
    int64_t pool = 1024;       ///< pictures among which these visits are spread
    double dataShare = 0.5;    ///< of a person's own pictures, if there are any; the rest is painted, lest what was known
                               ///< before is forgotten
    int64_t longestLesson = 512;  ///< ids of a conversation
    double answerBalance = 0;  ///< 0: all tokens of answers weigh alike; 1: all answers do, however long; between: between

    /// @throws Error naming the field that is wrong
    static Recipe read(const nlohmann::json& json, const std::string& where);

    /// Share of the schedule that has passed after so many pictures, 0 to 1.
    double done(int64_t seen) const;
    /// Share of the rates: linear warm-up by pictures, then half a cosine over the schedule.
    double rate(int64_t seen, double done) const;
    double gridWeight(int64_t seen, double done) const;
};

}  // namespace fusionscope::train
