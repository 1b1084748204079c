#include "core/evaluate/photographs.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::evaluate {

namespace {

namespace fs = std::filesystem;

bool saysAny(const std::string& answer, const std::vector<std::string>& parts) {
    const Words words = wordsIn(answer);
    return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return contains(words, part); });
}

nlohmann::json listIn(const fs::path& file) {
    auto json = files::readJson(file);
    if (!json.is_array()) throw Error("is no list", file.string());
    return json;
}

std::string percent(const Share& share) {
    const Interval interval = wilson(share);
    return concat(std::lround(100 * share.value()), " % (", share.right, " of ", share.asked, ", 95 % interval ",
                  std::lround(100 * interval.low), " - ", std::lround(100 * interval.high), " %)\n");
}

}  // namespace

PhotographResults examineOnPhotographs(const fs::path& folder, Examinee& examinee, const Vocabulary& vocabulary, const engine::Control& control) {
    const auto photographs = listIn(folder / "photographs.json"), questions = listIn(folder / "questions.json");
    const std::size_t all = photographs.size() + questions.size();
    PhotographResults results;
    std::size_t done = 0;
    const auto exerciseWith = [&](const std::string& file) {
        if (control.stop.stop_requested()) throw Stopped();
        control.report("Asking about " + file, static_cast<double>(done++) / static_cast<double>(all));
        return Exercise{{}, engine::PictureHandle::read((folder / "photographs" / file).string())};
    };
    const auto ask = [&](const Exercise& exercise, const std::string& file, const std::string& question) -> PhotographAnswer& {
        const world::Turn turn{world::Kind::Describe, question, {}, {}, {}, {}};
        return results.answers.emplace_back(PhotographAnswer{file, question, examinee.answers(&exercise, {turn}, control).at(0), false});
    };
    for (const auto& entry : photographs) {
        const files::Fields fields(entry, "photographs.json");
        const std::string file = fields.text("file");
        auto names = fields.texts("nouns");
        for (const auto& name : fields.texts("nouns")) names.push_back(vocabulary.pluralOf(name));
        const Exercise exercise = exerciseWith(file);
        if (examinee.runsTasks()) results.namedByTower.count(saysAny(examinee.task(exercise, "<CAPTION>", {}, control).text, names));
        if (!examinee.chats()) continue;
        PhotographAnswer& said = ask(exercise, file, "What is in the picture?");
        said.right = saysAny(said.answer, names);
        results.named.count(said.right);
    }
    for (const auto& entry : questions) {
        if (!examinee.chats()) break;
        const files::Fields fields(entry, "questions.json");
        const std::string file = fields.text("file");
        PhotographAnswer& said = ask(exerciseWith(file), file, fields.text("question"));
        said.right = saysAny(said.answer, fields.texts("accept")) && !saysAny(said.answer, fields.texts("reject"));
        results.sensible.count(said.right);
    }
    return results;
}

nlohmann::json toJson(const PhotographResults& results) {
    auto answers = nlohmann::json::array();
    for (const auto& said : results.answers)
        answers.push_back({{"file", said.file}, {"question", said.question}, {"answer", said.answer}, {"right", said.right}});
    return {{"main_thing_named", toJson(results.named)},
            {"main_thing_named_by_caption_task", toJson(results.namedByTower)},
            {"free_questions_sensible", toJson(results.sensible)},
            {"answers", std::move(answers)}};
}

std::string tables(const PhotographResults& results) {
    std::string text;
    for (const auto& said : results.answers)
        text += concat(said.right ? "+ " : "- ", said.file, "  ", said.question, "\n  ", said.answer, "\n");
    text += "\nmain thing named (aim 50 %): " + percent(results.named);
    text += "main thing named by the task <CAPTION>: " + percent(results.namedByTower);
    text += "free questions answered sensibly (aim 75 %): " + percent(results.sensible);
    return text;
}

}  // namespace fusionscope::evaluate
