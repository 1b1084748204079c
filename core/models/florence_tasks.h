#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fusionscope::models {

/// How a task's output text is read.
enum class FlorenceAnswerKind {
    Text,
    Boxes,              ///< labelled boxes
    BoxesWithoutLabel,  ///< region proposals
    Quads,              ///< OCR with regions
    PhraseBoxes,        ///< phrase grounding
    Polygons,
    BoxesOrPolygons  ///< open-vocabulary detection
};

/// One of Florence-2's tasks.
struct FlorenceTask {
    std::string_view marker;  ///< "<OD>"
    std::string_view prompt;  ///< the words the model was trained with; "{}" is where the person's text goes
    FlorenceAnswerKind answer;
    bool takesText() const { return prompt.find("{}") != std::string_view::npos; }
};

/// All tasks in the order of Florence-2's published processor.
const std::vector<FlorenceTask>& florenceTasks();

/// @param marker with or without angle brackets, any case. @throws Error listing the known ones
const FlorenceTask& florenceTask(std::string_view marker);

/// The prompt as the model reads it. @param text the person's part: a phrase, or a region as "<loc_52><loc_332>…"
/// @throws Error when a task that needs text has none, or the other way round
std::string florencePrompt(const FlorenceTask& task, std::string_view text);

}  // namespace fusionscope::models
