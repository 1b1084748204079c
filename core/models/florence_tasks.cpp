#include "core/models/florence_tasks.h"

#include <algorithm>
#include <cctype>

#include "core/files/error.h"

namespace fusionscope::models {

namespace {

std::string normalised(std::string_view marker) {
    std::string name;
    for (const char c : marker)
        if (c != '<' && c != '>') name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

}  // namespace

const std::vector<FlorenceTask>& florenceTasks() {
    using enum FlorenceAnswerKind;
    static const std::vector<FlorenceTask> tasks = {
        {"<OCR>", "What is the text in the image?", Text},
        {"<OCR_WITH_REGION>", "What is the text in the image, with regions?", Quads},
        {"<CAPTION>", "What does the image describe?", Text},
        {"<DETAILED_CAPTION>", "Describe in detail what is shown in the image.", Text},
        {"<MORE_DETAILED_CAPTION>", "Describe with a paragraph what is shown in the image.", Text},
        {"<OD>", "Locate the objects with category name in the image.", Boxes},
        {"<DENSE_REGION_CAPTION>", "Locate the objects in the image, with their descriptions.", Boxes},
        {"<CAPTION_TO_PHRASE_GROUNDING>", "Locate the phrases in the caption: {}", PhraseBoxes},
        {"<REFERRING_EXPRESSION_SEGMENTATION>", "Locate {} in the image with mask", Polygons},
        {"<REGION_TO_SEGMENTATION>", "What is the polygon mask of region {}", Polygons},
        {"<OPEN_VOCABULARY_DETECTION>", "Locate {} in the image.", BoxesOrPolygons},
        {"<REGION_TO_CATEGORY>", "What is the region {}?", Text},
        {"<REGION_TO_DESCRIPTION>", "What does the region {} describe?", Text},
        {"<REGION_TO_OCR>", "What text is in the region {}?", Text},
        {"<REGION_PROPOSAL>", "Locate the region proposals in the image.", BoxesWithoutLabel},
    };
    return tasks;
}

const FlorenceTask& florenceTask(std::string_view marker) {
    const auto& tasks = florenceTasks();
    const std::string name = normalised(marker);
    const auto found = std::find_if(tasks.begin(), tasks.end(),
                                    [&](const FlorenceTask& task) { return normalised(task.marker) == name; });
    if (found != tasks.end()) return *found;
    std::string known;
    for (const auto& task : tasks) known += (known.empty() ? "" : ", ") + std::string(task.marker);
    throw Error(concat("there is no Florence-2 task ", marker), "task", "Known tasks: " + known + ".");
}

std::string florencePrompt(const FlorenceTask& task, std::string_view text) {
    std::string prompt(task.prompt);
    if (task.takesText()) {
        if (text.empty())
            throw Error(concat("the task ", task.marker, " needs a text"), "task",
                        "Give a phrase, or a region as <loc_x1><loc_y1><loc_x2><loc_y2>.");
        return prompt.replace(prompt.find("{}"), 2, text);
    }
    if (!text.empty()) throw Error(concat("the task ", task.marker, " takes no text"), "task");
    return prompt;
}

}  // namespace fusionscope::models
