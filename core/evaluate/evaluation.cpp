#include "core/evaluate/evaluation.h"

#include <QImage>
#include <algorithm>
#include <chrono>

#include "core/evaluate/judge.h"
#include "core/evaluate/ocr_program.h"
#include "core/files/error.h"
#include "core/world/captions.h"
#include "core/world/composer.h"
#include "core/world/grammar.h"
#include "core/world/painter.h"

namespace fusionscope::evaluate {

namespace {

using world::Kind;

// Scenes of training from which the most common answers are taken.
constexpr int trainingScenes = 1500;
// The same for every picture, so that each plan asks the same.
constexpr uint64_t questionSeed = 11;

engine::PictureHandle handleOf(const QImage& picture) {
    const QImage rgb = picture.convertToFormat(QImage::Format_RGB888);
    image::Picture copy;
    copy.size = {rgb.width(), rgb.height()};
    for (int y = 0; y < rgb.height(); ++y) copy.rgb.insert(copy.rgb.end(), rgb.constScanLine(y), rgb.constScanLine(y) + 3 * rgb.width());
    return engine::PictureHandle::of(std::move(copy));
}

std::string subjectOf(Kind kind) {
    std::string name(world::nameOf(kind));
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

/// Small talk does not depend on the picture: a tenth of them is enough.
bool isDue(Kind kind, int picture) {
    if (kind == Kind::Doubt) return false;  // only after another question
    return (kind != Kind::OffTopic && kind != Kind::Greeting) || picture % 10 == 0;
}

/// The rows that a question counts in, the whole kind first.
std::vector<std::string> rowsOf(const world::Turn& turn, const world::Scene& scene) {
    std::vector<std::string> rows = {std::string(world::nameOf(turn.kind))};
    switch (turn.kind) {
        case Kind::Existence: rows.push_back(turn.key == "yes" ? "existence, there" : "existence, absent"); break;
        case Kind::Count: rows.push_back(std::stoi(turn.key) <= 5 ? "count 0 to 5" : "count 6 and more"); break;
        case Kind::ChartValue: rows.push_back(scene.chart->showsValues ? "chart value, labelled" : "chart value, read off"); break;
        case Kind::Unanswerable: rows.push_back(turn.key == "not there" ? "refusal of absent things" : "refusal of what cannot be known"); break;
        case Kind::Symbol: rows.push_back("symbol: " + (turn.key.ends_with("sign") ? std::string("sign") : turn.subject)); break;
        default: break;
    }
    return rows;
}

bool isAsked(const Plan& plan, const std::string& subject) { return plan.subjects.empty() || plan.subjects.contains(subject); }

/// Every kind of question once, where the scene gives one.
std::vector<world::Turn> questionsAbout(const world::Scene& scene, const world::Nouns& nouns, const Plan& plan, int picture) {
    world::Questioner questioner(scene, nouns, world::mixed(plan.seed, questionSeed), plan.heldOutWordings);
    std::vector<world::Turn> turns;
    for (int kind = 0; kind < world::kindCount; ++kind) {
        const auto asked = static_cast<Kind>(kind);
        // Drawn even when it is not wanted: a question must not depend on which others are asked.
        auto turn = isDue(asked, picture) ? questioner.ask(asked) : std::nullopt;
        if (turn && isAsked(plan, subjectOf(asked))) turns.push_back(std::move(*turn));
    }
    return turns;
}

/// The most common fact of each kind in training.
std::map<Kind, std::string> majorities(const world::Materials& materials, const engine::Control& control) {
    std::map<Kind, std::map<std::string, int>> counts;
    for (int i = 0; i < trainingScenes; ++i) {
        if (control.stop.stop_requested()) throw Stopped();
        const auto scene = world::compose(materials, world::Split::Train, world::layoutSeed(world::Split::Train, 1, static_cast<uint64_t>(i)));
        for (const auto& turn : questionsAbout(scene, materials.nouns, {}, i)) ++counts[turn.kind][turn.key];
    }
    std::map<Kind, std::string> common;
    for (const auto& [kind, keys] : counts)
        common[kind] = std::max_element(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
    return common;
}

std::vector<world::Region> regionsIn(const models::FlorenceAnswer& answer) {
    std::vector<world::Region> regions;
    for (const auto& region : answer.regions)
        if (region.box) {
            const auto& [left, top, right, bottom] = *region.box;
            regions.push_back({region.label, QRectF(QPointF(left, top), QPointF(right, bottom))});
        }
    return regions;
}

/// What is left to do, in words.
std::string remaining(double seconds) {
    const auto whole = static_cast<int>(seconds + 0.5);
    if (whole < 60) return concat(whole, " s left");
    return whole < 3600 ? concat(whole / 60, " min left") : concat(whole / 3600, " h ", whole % 3600 / 60, " min left");
}

/// One run: what it needs and what it has counted so far.
class Examination {
  public:
    Examination(const world::Materials& materials, Examinee& examinee, const Plan& plan, const engine::Control& control)
        : m_materials(materials), m_examinee(examinee), m_control(control), m_vocabulary(materials.nouns), m_judge(m_vocabulary),
          m_painter(materials) {
        m_results.plan = plan;
    }

    Results run() {
        const Plan& plan = m_results.plan;
        if (m_examinee.chats()) m_majorities = majorities(m_materials, m_control);
        if (plan.baselines && isAsked(plan, subjectOf(Kind::Read))) m_ocrProgram = OcrProgram::find();
        if (m_ocrProgram) m_results.ocrProgram = m_ocrProgram->version();
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < plan.pictures; ++i) {
            const Results before = m_results;
            try {
                examine(i);
            } catch (const Stopped&) {
                if (i == 0) throw;
                m_results = before;  // without the picture that was not asked about in full
                m_results.plan.pictures = i;
                break;
            }
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            m_control.report(concat("Picture ", i + 1, " of ", plan.pictures, ", ", remaining(seconds / (i + 1) * (plan.pictures - i - 1))),
                             static_cast<double>(i + 1) / plan.pictures);
        }
        std::stable_sort(m_results.rows.begin(), m_results.rows.end(), [](const Row& a, const Row& b) {
            const bool aIsPart = a.name != world::nameOf(a.kind), bIsPart = b.name != world::nameOf(b.kind);
            return std::tie(a.kind, aIsPart, a.name) < std::tie(b.kind, bIsPart, b.name);
        });
        return std::move(m_results);
    }

  private:
    void examine(int index) {
        const Plan& plan = m_results.plan;
        if (m_control.stop.stop_requested()) throw Stopped();
        Exercise exercise{world::compose(m_materials, plan.split, world::layoutSeed(plan.split, plan.seed, static_cast<uint64_t>(index))), {}};
        const QImage picture = m_painter.paint(exercise.scene);
        exercise.picture = handleOf(picture);
        if (m_examinee.chats()) {
            const auto turns = questionsAbout(exercise.scene, m_materials.nouns, plan, index);
            const auto answers = m_examinee.answers(&exercise, turns, m_control);
            const auto blind = plan.baselines ? m_examinee.answers(nullptr, turns, m_control) : std::vector<std::string>(turns.size());
            for (std::size_t i = 0; i < turns.size(); ++i) judge(exercise, turns[i], answers.at(i), blind.at(i));
        }
        if (m_examinee.runsTasks() && isAsked(plan, "tasks")) runTasks(exercise);
        if (m_ocrProgram && !exercise.scene.lines.empty()) m_results.reading["tesseract"].add(exercise.scene.lines, m_ocrProgram->read(picture));
    }

    /// @param blind what was said without the picture
    void judge(const Exercise& exercise, const world::Turn& turn, const std::string& answer, const std::string& blind) {
        const world::Scene& scene = exercise.scene;
        const auto* chart = scene.chart ? &*scene.chart : nullptr;
        if (turn.kind == Kind::Describe || turn.kind == Kind::DescribeInDetail) return countNames(std::string(world::nameOf(turn.kind)), scene, answer);
        if (turn.kind == Kind::Read) read("answers", scene, answer);
        if (turn.kind == Kind::Boxes) {
            const auto box = boxIn(answer);
            m_results.boxes["answers"].add({{"", *boxIn(turn.key)}}, box ? std::vector<world::Region>{{"", *box}} : std::vector<world::Region>{});
        }
        const bool right = m_judge.isRight(turn, answer, chart);
        const bool usual = m_majorities[turn.kind] == turn.key;
        const bool guessed = m_results.plan.baselines && m_judge.isRight(turn, blind, chart);
        for (const auto& name : rowsOf(turn, scene)) {
            Row& row = rowNamed(turn.kind, name);
            row.answers.count(right);
            row.majority.count(usual);
            if (m_results.plan.baselines) row.withoutPicture.count(guessed);
        }
    }

    void runTasks(const Exercise& exercise) {
        const world::Scene& scene = exercise.scene;
        const auto task = [&](const std::string& marker, const std::string& text = {}) { return m_examinee.task(exercise, marker, text, m_control); };
        for (const auto* marker : {"<CAPTION>", "<DETAILED_CAPTION>"}) countNames(marker, scene, task(marker).text);
        m_results.boxes["<OD>"].add(world::detections(scene), regionsIn(task("<OD>")));
        m_results.boxes["<DENSE_REGION_CAPTION>"].add(world::denseRegions(scene), regionsIn(task("<DENSE_REGION_CAPTION>")));
        std::string text;
        for (const auto& region : task("<OCR_WITH_REGION>").regions) text += region.label + "\n";
        if (!scene.lines.empty()) m_results.reading["<OCR_WITH_REGION>"].add(scene.lines, text);
        const std::string caption = world::briefCaption(scene, m_materials.nouns);
        std::vector<world::Region> phrases;
        for (const auto& [from, to, boxes] : world::groundings(scene, m_materials.nouns))
            for (const QRectF& box : boxes) phrases.push_back({caption.substr(from, to - from), box});
        if (!phrases.empty())
            m_results.boxes["<CAPTION_TO_PHRASE_GROUNDING>"].add(phrases, regionsIn(task("<CAPTION_TO_PHRASE_GROUNDING>", caption)));
    }

    void countNames(const std::string& who, const world::Scene& scene, std::string_view caption) {
        if (scene.chart) return;  // its caption names no things
        const auto said = m_vocabulary.namesIn(caption), there = namesOf(scene, m_materials.nouns, m_vocabulary);
        Naming& naming = m_results.captions[who];
        for (const auto& name : said) naming.precision.count(there.contains(name));
        for (const auto& name : there) naming.recall.count(said.contains(name));
    }

    void read(const std::string& who, const world::Scene& scene, const std::string& answer) {
        if (scene.lines.empty()) return;
        const auto quoted = quotedIn(answer);
        std::string text;
        for (const auto& part : quoted) text += part + " ";
        m_results.reading[who].add(scene.lines, quoted.empty() ? answer : text);
    }

    Row& rowNamed(Kind kind, const std::string& name) {
        for (Row& row : m_results.rows)
            if (row.name == name) return row;
        return m_results.rows.emplace_back(Row{kind, name, {}, {}, {}});
    }

    const world::Materials& m_materials;
    Examinee& m_examinee;
    const engine::Control& m_control;
    Vocabulary m_vocabulary;
    Judge m_judge;
    world::Painter m_painter;
    std::optional<OcrProgram> m_ocrProgram;
    std::map<Kind, std::string> m_majorities;
    Results m_results;
};

}  // namespace

std::vector<std::string> subjectNames() {
    std::vector<std::string> names;
    for (int kind = 0; kind < world::kindCount; ++kind)
        if (static_cast<Kind>(kind) != Kind::Doubt) names.push_back(subjectOf(static_cast<Kind>(kind)));
    names.emplace_back("tasks");
    return names;
}

const Row* Results::row(std::string_view name) const {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row_) { return row_.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

Results evaluate(const world::Materials& materials, Examinee& examinee, const Plan& plan, const engine::Control& control) {
    const auto names = subjectNames();
    for (const auto& subject : plan.subjects)
        if (std::find(names.begin(), names.end(), subject) == names.end())
            throw Error("is no kind of question", subject, "Choose among " + world::joined(names) + ".");
    if (!examinee.chats() && !examinee.runsTasks())
        throw Error("the model answers no questions about pictures and runs no tasks", {}, "Name a Florence-VL or Florence-2 checkpoint.");
    const bool onlyTasks = plan.subjects == std::set<std::string>{"tasks"};
    if (onlyTasks && !examinee.runsTasks()) throw Error("the model runs no Florence-2 tasks", {}, "Name a Florence-2 checkpoint, or other kinds.");
    return Examination(materials, examinee, plan, control).run();
}

}  // namespace fusionscope::evaluate
