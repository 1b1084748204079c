#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/evaluate/examinee.h"
#include "core/evaluate/mentions.h"
#include "core/evaluate/share.h"

namespace fusionscope::evaluate {

/// A question about a photograph with what was said.
struct PhotographAnswer {
    std::string file, question, answer;
    bool right = false;
};

/// What a model makes of a fixed list of real photographs.
struct PhotographResults {
    Share named;         ///< its first answer names the main thing
    Share namedByTower;  ///< the vision tower's <CAPTION> does
    Share sensible;      ///< of the free questions, by the rubric
    std::vector<PhotographAnswer> answers;  ///< all that was said, in order
};

/// Asks about every photograph what is in it, and the free questions.
/// @param folder resources/evaluation: photographs.json, questions.json (README.md there is the rubric), photographs/
/// @throws Error naming the file and field that is wrong; Stopped
PhotographResults examineOnPhotographs(const std::filesystem::path& folder, Examinee& examinee, const Vocabulary& vocabulary,
                                       const engine::Control& control = {});

nlohmann::json toJson(const PhotographResults& results);
std::string tables(const PhotographResults& results);

}  // namespace fusionscope::evaluate
