#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/evaluate/judge.h"
#include "core/evaluate/photographs.h"
#include "core/evaluate/report.h"
#include "core/files/error.h"
#include "core/models/florence_tasks.h"
#include "core/world/captions.h"

using namespace fusionscope;
using namespace fusionscope::evaluate;

namespace {

const world::Materials& materials() {
    static const world::Materials loaded = world::Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    return loaded;
}

/// Knows every answer, from the scene graph.
class Oracle : public Examinee {
  public:
    int pictures = 0, blind = 0;

    bool chats() const override { return true; }
    bool runsTasks() const override { return true; }
    std::vector<std::string> answers(const Exercise* exercise, const std::vector<world::Turn>& turns, const engine::Control&) override {
        std::vector<std::string> all;
        for (const auto& turn : turns) all.push_back(answer(exercise, turn));
        return all;
    }
    virtual std::string answer(const Exercise* exercise, const world::Turn& turn) {
        ++(exercise ? pictures : blind);
        return exercise ? turn.answer : "";
    }
    models::FlorenceAnswer task(const Exercise& exercise, const std::string& marker, const std::string& text, const engine::Control&) override {
        models::FlorenceAnswer answer;
        answer.task = &models::florenceTask(marker);
        const auto add = [&](const std::string& label, const QRectF& box) {
            answer.regions.push_back({label, std::array<double, 4>{box.left(), box.top(), box.right(), box.bottom()}, {}, {}, false, {}});
        };
        if (marker == "<OD>") for (const auto& region : world::detections(exercise.scene)) add(region.label, region.box);
        if (marker == "<DENSE_REGION_CAPTION>") for (const auto& region : world::denseRegions(exercise.scene)) add(region.label, region.box);
        if (marker == "<OCR_WITH_REGION>") for (const auto& region : world::textRegions(exercise.scene)) add(region.text, {});
        if (marker == "<CAPTION_TO_PHRASE_GROUNDING>")
            for (const auto& grounding : world::groundings(exercise.scene, materials().nouns))
                for (const auto& box : grounding.boxes) add(text.substr(grounding.begin, grounding.end - grounding.begin), box);
        if (marker == "<CAPTION>") answer.text = world::briefCaption(exercise.scene, materials().nouns);
        if (marker == "<DETAILED_CAPTION>") answer.text = world::detailedCaption(exercise.scene, materials().nouns);
        return answer;
    }
};

/// Says what is right about another picture: the answer to the last question of that kind.
class Confused : public Oracle {
  public:
    std::string answer(const Exercise* exercise, const world::Turn& turn) override {
        return std::exchange(m_last[turn.kind], Oracle::answer(exercise, turn));
    }

  private:
    std::map<world::Kind, std::string> m_last;
};

Plan planOf(int pictures) {
    Plan plan;
    plan.pictures = pictures;
    return plan;
}

}  // namespace

class EvaluationTest : public QObject {
    Q_OBJECT

  private slots:
    void theWorldsOwnAnswersAreRight_data();
    void theWorldsOwnAnswersAreRight();
    void answersAboutOtherPicturesAreMostlyWrong();
    void asksTheSameForTheSameSeed();
    void asksOnlyWhatIsWanted();
    void refusesUnknownKinds();
    void stopsWhenAsked();
    void knowsWilsonsInterval();
    void countsWordsByTheHeightOfTheirLetters();
    void matchesEachRegionWithOneThing();
    void knowsRealPhotographs();
};

void EvaluationTest::theWorldsOwnAnswersAreRight_data() {
    QTest::addColumn<int>("split");
    QTest::addColumn<bool>("heldOut");
    for (const auto split : world::splits)
        if (split != world::Split::Train) QTest::newRow(world::nameOf(split).data()) << static_cast<int>(split) << false;
    QTest::newRow("held-out wordings") << static_cast<int>(world::Split::Test) << true;
}

void EvaluationTest::theWorldsOwnAnswersAreRight() {
    QFETCH(int, split);
    QFETCH(bool, heldOut);
    /// Complains about each of its answers that is judged wrong.
    class Strict : public Oracle {
      public:
        std::string answer(const Exercise* exercise, const world::Turn& turn) override {
            const std::string answer = Oracle::answer(exercise, turn);
            const bool caption = turn.kind == world::Kind::Describe || turn.kind == world::Kind::DescribeInDetail;
            if (exercise && !caption && !m_judge.isRight(turn, answer, exercise->scene.chart ? &*exercise->scene.chart : nullptr))
                qWarning("%s -> %s [%s]", turn.question.c_str(), answer.c_str(), turn.key.c_str());
            return answer;
        }

      private:
        Vocabulary m_vocabulary{materials().nouns};
        Judge m_judge{m_vocabulary};
    } oracle;
    Plan plan = planOf(250);
    plan.split = static_cast<world::Split>(split);
    plan.heldOutWordings = heldOut;
    plan.baselines = false;
    const auto results = evaluate::evaluate(materials(), oracle, plan);
    // Pictures by others show one thing alone.
    const bool world_ = plan.split < world::Split::Fashion;
    QVERIFY(results.rows.size() >= (world_ ? 20u : 8u));
    for (const Row& row : results.rows)
        QVERIFY2(row.answers.right == row.answers.asked, concat(row.name, ": ", row.answers.right, " of ", row.answers.asked).c_str());
    for (const auto& [who, naming] : results.captions) {
        QVERIFY2(naming.precision.right == naming.precision.asked, who.c_str());
        // Symbols are captioned by what they show: "the flag of France" names a flag, "a stop sign" a sign.
        QVERIFY2(naming.recall.right == naming.recall.asked, concat(who, ": ", naming.recall.right, " of ", naming.recall.asked).c_str());
    }
    for (const auto& [who, boxes] : results.boxes) {
        QVERIFY2(boxes.found.right == boxes.found.asked && boxes.found.asked > 0, concat(who, ": ", boxes.found.right, " of ", boxes.found.asked).c_str());
        QVERIFY2(boxes.meanOverlap() > 0.9, who.c_str());
    }
    for (const auto& [who, reading] : results.reading) {
        QCOMPARE(reading.wordsFrom(0).right, reading.wordsFrom(0).asked);
        QCOMPARE(reading.edits, int64_t{0});
    }
    QCOMPARE(results.reading.size(), std::size_t{world_ ? 2u : 0u});
    QCOMPARE(results.boxes.size(), std::size_t{4});
}

void EvaluationTest::answersAboutOtherPicturesAreMostlyWrong() {
    Confused confused;
    Plan plan = planOf(300);
    plan.baselines = false;
    const auto results = evaluate::evaluate(materials(), confused, plan);
    for (const char* name : {"colour", "where", "relation", "list", "boxes", "chart most", "count", "compare", "read", "symbol"}) {
        const Row* row = results.row(name);
        QVERIFY2(row && row->answers.asked > 5, name);
        QVERIFY2(row->answers.value() < 0.5, concat(name, ": ", row->answers.value()).c_str());
    }
    QVERIFY(results.row("existence")->answers.value() > 0.2);  // yes and no by chance
}

void EvaluationTest::asksTheSameForTheSameSeed() {
    const auto textOf = [](uint64_t seed) {
        Confused confused;
        Plan plan = planOf(20);
        plan.seed = seed;
        plan.baselines = false;
        return toJson(evaluate::evaluate(materials(), confused, plan)).dump();
    };
    const auto first = textOf(1);
    QCOMPARE(textOf(1), first);
    QVERIFY(textOf(2) != first);
}

void EvaluationTest::asksOnlyWhatIsWanted() {
    Oracle all, some;
    Plan plan = planOf(30);
    const auto everything = evaluate::evaluate(materials(), all, plan);
    plan.subjects = {"count", "chart-value"};
    const auto results = evaluate::evaluate(materials(), some, plan);
    QVERIFY(results.boxes.empty() && results.captions.empty() && results.reading.empty());
    QVERIFY(some.pictures > 10 && some.pictures < all.pictures / 4);
    QCOMPARE(some.blind, some.pictures);
    // The same questions as among all others.
    QCOMPARE(results.row("count")->answers.asked, everything.row("count")->answers.asked);
    QCOMPARE(results.row("count")->majority.right, everything.row("count")->majority.right);
    QVERIFY(!tables(results).empty());
}

void EvaluationTest::refusesUnknownKinds() {
    Oracle oracle;
    Plan plan = planOf(1);
    plan.subjects = {"smell"};
    QVERIFY_EXCEPTION_THROWN(evaluate::evaluate(materials(), oracle, plan), Error);
}

void EvaluationTest::stopsWhenAsked() {
    Oracle oracle;
    std::stop_source source;
    int reported = 0;
    const engine::Control control{source.get_token(), [&](const engine::Progress& progress) {
                                      QVERIFY(progress.task.find("left") != std::string::npos);
                                      if (++reported == 2) source.request_stop();
                                  }};
    Plan plan = planOf(1000);
    plan.baselines = false;
    const auto stopped = evaluate::evaluate(materials(), oracle, plan, control);
    QCOMPARE(reported, 2);
    // What was found by then is what a plan of so many pictures finds.
    QCOMPARE(stopped.plan.pictures, 2);
    plan.pictures = 2;
    QCOMPARE(evaluate::toJson(stopped), evaluate::toJson(evaluate::evaluate(materials(), oracle, plan)));
    plan.pictures = 1000;
    QVERIFY_EXCEPTION_THROWN(evaluate::evaluate(materials(), oracle, plan, control), Stopped);
}

void EvaluationTest::knowsWilsonsInterval() {
    // From the closed form with z = 1.959964: 8 of 10, none of 20, all of 20.
    const auto close = [](double a, double b) { return std::abs(a - b) < 5e-4; };
    const auto eight = wilson({8, 10}), none = wilson({0, 20}), all = wilson({20, 20}), nothing = wilson({});
    QVERIFY(close(eight.low, 0.4902) && close(eight.high, 0.9433));
    QVERIFY(none.low == 0 && close(none.high, 0.1611));
    QVERIFY(close(all.low, 0.8389) && all.high == 1);
    QVERIFY(nothing.low == 0 && nothing.high == 1);
}

void EvaluationTest::countsWordsByTheHeightOfTheirLetters() {
    world::TextLine small, large;
    small.text = "open daily";
    small.letterHeight = 10;
    large.text = "BAR 24";
    large.letterHeight = 20;
    Reading reading;
    reading.add({large, small}, "BAR\nopen  dailx extra");
    QCOMPARE(reading.words[1].right, int64_t{1});
    QCOMPARE(reading.words[1].asked, int64_t{2});
    QCOMPARE(reading.words[3].right, int64_t{1});
    QCOMPARE(reading.words[3].asked, int64_t{2});
    QCOMPARE(reading.characters[1].right, int64_t{8});
    QCOMPARE(reading.characters[1].asked, int64_t{9});
    QCOMPARE(reading.wordsFrom(14).asked, int64_t{2});
    QCOMPARE(reading.answered.asked, int64_t{4});
    QCOMPARE(reading.answered.right, int64_t{2});
    QCOMPARE(reading.edits, int64_t{8});  // "24" is missing, one letter wrong, "extra" too much
    Reading other;
    other.add({large}, "bar 24");
    QCOMPARE(other.words[3].right, int64_t{1});
}

void EvaluationTest::matchesEachRegionWithOneThing() {
    const std::vector<world::Region> things = {{"a dog", {0, 0, 10, 10}}, {"a dog", {50, 0, 10, 10}}, {"a cat", {0, 50, 10, 10}}};
    Boxes boxes;
    boxes.add(things, {{"dog", {0, 0, 10, 10}}, {"Dog", {1, 0, 10, 10}}, {"the cat", {8, 50, 10, 10}}, {"a bird", {50, 0, 10, 10}}});
    QCOMPARE(boxes.found.right, int64_t{1});
    QCOMPARE(boxes.found.asked, int64_t{3});
    QCOMPARE(boxes.named.right, int64_t{3});
    QCOMPARE(boxes.proposed.right, int64_t{1});
    QCOMPARE(boxes.proposed.asked, int64_t{4});
}

void EvaluationTest::knowsRealPhotographs() {
    /// Says the same about every photograph.
    class Parrot : public Oracle {
      public:
        explicit Parrot(std::string answer) : m_answer(std::move(answer)) {}
        std::string answer(const Exercise* exercise, const world::Turn&) override {
            return exercise->picture.size().width > 100 ? m_answer : "";
        }
        models::FlorenceAnswer task(const Exercise&, const std::string& marker, const std::string&, const engine::Control&) override {
            models::FlorenceAnswer answer;
            answer.task = &models::florenceTask(marker);
            answer.text = m_answer;
            return answer;
        }

      private:
        std::string m_answer;
    };
    const std::filesystem::path folder = FUSIONSCOPE_SOURCE_DIR "/resources/evaluation";
    const Vocabulary vocabulary(materials().nouns);
    const auto by = [&](const char* answer) {
        Parrot parrot(answer);
        return examineOnPhotographs(folder, parrot, vocabulary);
    };
    const auto hammers = by("Two hammers.");
    QVERIFY(hammers.named.asked >= 40);
    QCOMPARE(hammers.sensible.asked, int64_t{60});
    QCOMPARE(hammers.named.right, int64_t{5});
    QCOMPARE(hammers.namedByTower.right, int64_t{5});
    QCOMPARE(by("A category of doghouses.").named.right, int64_t{0});
    // No answer is sensible everywhere.
    for (const char* answer : {"Yes.", "No.", "Red.", "I can't tell that from the picture.", "Yes and no."})
        QVERIFY2(by(answer).sensible.value() < 0.3, answer);
}

QTEST_MAIN(EvaluationTest)
#include "evaluation_test.moc"
