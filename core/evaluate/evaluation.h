#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/engine/control.h"
#include "core/evaluate/boxes.h"
#include "core/evaluate/examinee.h"
#include "core/evaluate/reading.h"
#include "core/evaluate/share.h"
#include "core/world/materials.h"

namespace fusionscope::evaluate {

/// What is asked, of how many pictures.
struct Plan {
    world::Split split = world::Split::Test;
    uint64_t seed = 1;
    int pictures = 2000;
    bool heldOutWordings = false;    ///< questions in wordings that training never uses
    std::set<std::string> subjects;  ///< some of subjectNames(); empty: all
    bool baselines = true;           ///< without a picture, and by tesseract
};

/// Names of what can be asked for: kinds of question ("chart-value") and "tasks".
std::vector<std::string> subjectNames();

/// One kind of question, or some of that kind ("count 6 to 9").
struct Row {
    world::Kind kind;
    std::string name;
    Share answers;
    Share withoutPicture;  ///< the same questions, asked without their pictures
    Share majority;        ///< always the fact that is most common for this kind in training
};

/// The things that captions name. Precision counts the names said, recall the names of what is there.
struct Naming {
    Share precision, recall;
};

struct Results {
    Plan plan;
    std::vector<Row> rows;                 ///< in the order of kinds, parts after the whole
    std::map<std::string, Naming> captions; ///< by who captioned: "describe", "describe in detail", "<CAPTION>", ...
    std::map<std::string, Boxes> boxes;     ///< "answers", "<OD>", ...
    std::map<std::string, Reading> reading; ///< "answers", "<OCR_WITH_REGION>", "tesseract"
    std::string ocrProgram;                 ///< its version; empty where it is not installed or was not wanted

    const Row* row(std::string_view name) const;
};

/// Examines on freshly painted pictures; the same plan asks the same questions. Each picture is asked every kind of
/// question that it suits, and every task. When it is stopped, what comes back is about the pictures that were done by
/// then; their number is in its plan.
/// @throws Error for subjects that are unknown or that the examinee cannot do at all; Stopped before the first was done
Results evaluate(const world::Materials& materials, Examinee& examinee, const Plan& plan, const engine::Control& control = {});

}  // namespace fusionscope::evaluate
