#include <QRegularExpression>
#include <QtTest>
#include <map>
#include <set>

#include "core/world/captions.h"
#include "core/world/composer.h"
#include "core/world/questions.h"

using namespace fusionscope::world;

namespace {

constexpr int scenes = 1500;

const Materials& materials() {
    static const Materials loaded = Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    return loaded;
}

Scene sceneOf(int index) { return compose(materials(), Split::Train, layoutSeed(Split::Train, 7, static_cast<uint64_t>(index))); }

/// An independent reading of the graph: whether an object may be called so.
bool isCalled(const Object& object, const std::string& name) {
    if (object.kind == Object::Kind::Bar) return false;
    const std::string colour = object.colour == Colour::None ? "" : std::string(nameOf(object.colour)) + " ";
    const std::string fill = object.fill == Fill::Solid ? "" : std::string(nameOf(object.fill)) + " ";
    return name == object.name || name == colour + object.name || name == colour + fill + object.name;
}

std::vector<const Object*> called(const Scene& scene, const std::string& name) {
    std::vector<const Object*> found;
    for (const Object& object : scene.objects)
        if (isCalled(object, name)) found.push_back(&object);
    return found;
}

std::string zoneByHand(const QRectF& box) {
    const double x = box.center().x(), y = box.center().y();
    const std::string row = y < 85.33 ? "top" : y < 170.67 ? "middle" : "bottom";
    const std::string column = x < 85.33 ? "left" : x < 170.67 ? "center" : "right";
    return row == "middle" && column == "center" ? "center" : row + " " + column;
}

bool lies(const std::string& relation, const QPointF& a, const QPointF& b) {
    if (relation == "to the left of") return a.x() < b.x() - 10;
    if (relation == "to the right of") return a.x() > b.x() + 10;
    if (relation == "on" || relation == "inside") return false;  // by position alone neither can be told
    if (relation == "above") return a.y() < b.y() - 10;
    return relation == "below" && a.y() > b.y() + 10;
}

/// What is wrong with a turn; empty when nothing is.
std::string fault(const Scene& scene, const Turn& turn) {
    const auto says = [&](std::string_view text) { return turn.answer.find(text) != std::string::npos; };
    const auto members = called(scene, turn.subject);
    switch (turn.kind) {
        case Kind::Existence:
            if ((turn.key == "yes") != !members.empty()) return "existence is wrong";
            return says(turn.key == "yes" ? "Yes" : "No") ? "" : "the answer does not say yes or no";
        case Kind::Count: {
            if (turn.key != std::to_string(members.size())) return "the count is wrong";
            const std::string word = numberWord(static_cast<int>(members.size()));
            std::string lower = turn.answer;
            lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
            return lower.find(word) != std::string::npos || says(turn.key) || (members.empty() && lower.find("no ") != std::string::npos)
                       ? "" : "the answer does not say the number";
        }
        case Kind::Colour:
            if (members.size() != 1 || turn.key != nameOf(members[0]->colour)) return "the color is wrong";
            return says(turn.key.substr(1)) ? "" : "the answer does not say the color";
        case Kind::Where:
            if (members.size() != 1 || turn.key != zoneByHand(members[0]->box)) return "the place is wrong";
            return says(turn.key.substr(1)) ? "" : "the answer does not say the place";
        case Kind::Relation: {
            const auto others = called(scene, turn.other);
            if (members.size() != 1 || others.size() != 1) return "the relation is not between two things";
            const QRectF a = members[0]->box, b = others[0]->box;
            // What stands on another touches its upper edge; what lies in another is all within its outline's box.
            const bool on = std::abs(a.bottom() - b.top()) < 0.5 && a.center().x() > b.left() && a.center().x() < b.right();
            if (turn.key == "on") return on ? "" : "it does not stand on it";
            if (turn.key == "inside") return b.contains(a) ? "" : "it does not lie in it";
            return lies(turn.key, a.center(), b.center()) ? "" : "the relation is wrong";
        }
        case Kind::Between: {
            const auto others = called(scene, turn.other), middle = called(scene, turn.key);
            if (members.size() != 1 || others.size() != 1 || middle.size() != 1) return "what lies between what is not clear";
            const QRectF hull = members[0]->box | others[0]->box;
            if (!hull.contains(middle[0]->box.center())) return "it is not between them";
            return says(turn.key) ? "" : "the answer does not name it";
        }
        case Kind::Compare: {
            const auto others = called(scene, turn.other);
            if (members.empty() || others.empty()) return "what is compared is not there";
            const auto& most = members.size() > others.size() ? members : others;
            const bool right = members.size() == others.size() ? turn.key == "equal"
                               : turn.key.ends_with(pluralOfNoun(materials().nouns, most.front()->name)) && says(turn.key.substr(1));
            return right ? "" : "the comparison is wrong";
        }
        case Kind::Symbol:
            return turn.answer.find("{") == std::string::npos && turn.answer.size() > 2 ? "" : "nothing is read";
        case Kind::Category: {
            bool any = false;
            for (const Object& object : scene.objects)
                any |= object.noun >= 0 && materials().nouns[object.noun].category == turn.subject;
            return any == (turn.key == "yes") ? "" : "the category is wrong";
        }
        case Kind::Read: {
            for (const TextLine& line : scene.lines)
                if (!says(line.text)) return "a line is not read";
            return scene.lines.empty() == (turn.key == "no text") ? "" : "there is text";
        }
        case Kind::ChartMost:
        case Kind::ChartLeast: {
            const auto& values = scene.chart->values.at(0);
            for (std::size_t i = 0; i < values.size(); ++i) {
                const int best = turn.kind == Kind::ChartMost ? *std::max_element(values.begin(), values.end()) : *std::min_element(values.begin(), values.end());
                if ((values[i] == best) != (scene.chart->categories[i] == turn.key)) return "the extreme is wrong";
            }
            return "";
        }
        case Kind::ChartValue: {
            for (std::size_t s = 0; s < scene.chart->series.size(); ++s)
                for (std::size_t i = 0; i < scene.chart->categories.size(); ++i) {
                    const auto& chart = *scene.chart;
                    const bool asked = turn.subject.find("\"" + chart.categories[i] + "\"") != std::string::npos &&
                                       (chart.series.size() == 1 || turn.subject.starts_with("\"" + chart.series[s] + "\""));
                    if (asked && std::to_string(chart.values[s][i]) != turn.key) return "the value is wrong";
                }
            return says(turn.key) ? "" : "the answer does not say the value";
        }
        case Kind::Unanswerable:
            return (turn.key == "not there") != members.empty() ? "what is refused is there, or is not" : "";
        case Kind::List: {
            if (turn.subject.empty())
                for (const Object& object : scene.objects)
                    if (object.kind != Object::Kind::Bar && !says(object.name.substr(1)) && !says(pluralOfNoun(materials().nouns, object.name).substr(1)))
                        return "the list lacks a thing";
            return "";
        }
        default: return turn.answer.empty() ? "there is no answer" : "";
    }
}

}  // namespace

class QuestionsTest : public QObject {
    Q_OBJECT

  private slots:
    void answersAgreeWithTheGraph_data();
    void answersAgreeWithTheGraph();
    void conversationsAgreeWithTheGraph();
    void halfOfAllThingsAskedForAreAbsent();
    void everyKindIsAsked();
    void sentencesAreGrammatical();
    void asksTheSameForTheSameSeed();
    void heldOutWordingsAreOnlyAskedOnRequest();
    void captionsNameEverything();
};

void QuestionsTest::answersAgreeWithTheGraph_data() {
    QTest::addColumn<int>("kind");
    for (int kind = 0; kind < kindCount; ++kind)
        if (static_cast<Kind>(kind) != Kind::Doubt) QTest::newRow(nameOf(static_cast<Kind>(kind)).data()) << kind;
}

void QuestionsTest::answersAgreeWithTheGraph() {
    QFETCH(int, kind);
    int asked = 0;
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        Questioner questioner(scene, materials().nouns, 3);
        for (int k = 0; k < 3; ++k) {
            const auto turn = questioner.ask(static_cast<Kind>(kind));
            if (!turn) continue;
            ++asked;
            const std::string problem = fault(scene, *turn);
            QVERIFY2(problem.empty(), (problem + ": scene " + std::to_string(i) + ": " + turn->question + " -> " + turn->answer + " [" + turn->key + "]").c_str());
        }
    }
    QVERIFY2(asked >= 30, qPrintable(QString::number(asked)));
}

void QuestionsTest::conversationsAgreeWithTheGraph() {
    int followUps = 0;
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        Questioner questioner(scene, materials().nouns, 5);
        const Dialogue dialogue = questioner.converse(4);
        QCOMPARE(dialogue.size(), std::size_t{4});
        for (const Turn& turn : dialogue) {
            const std::string problem = fault(scene, turn);
            QVERIFY2(problem.empty(), (problem + ": " + turn.question + " -> " + turn.answer).c_str());
            followUps += turn.question.find(" it") != std::string::npos || turn.kind == Kind::Doubt || turn.question.starts_with("And ");
        }
    }
    QVERIFY(followUps > scenes / 4);
}

void QuestionsTest::halfOfAllThingsAskedForAreAbsent() {
    int present = 0, absent = 0;
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        Questioner questioner(scene, materials().nouns, 1);
        if (scene.objects.empty() || scene.chart) continue;
        if (const auto turn = questioner.ask(Kind::Existence)) ++(turn->key == "yes" ? present : absent);
    }
    const double share = static_cast<double>(absent) / (present + absent);
    QVERIFY2(share > 0.45 && share < 0.6, qPrintable(QString::number(share)));
}

void QuestionsTest::everyKindIsAsked() {
    std::map<Kind, int> asked;
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        for (const Turn& turn : Questioner(scene, materials().nouns, 2).converse(3)) ++asked[turn.kind];
    }
    QCOMPARE(static_cast<int>(asked.size()), kindCount);
    for (const auto& [kind, count] : asked) qInfo("%s: %d", nameOf(kind).data(), count);
}

void QuestionsTest::sentencesAreGrammatical() {
    const QRegularExpression wrong("\\b[Aa] [aeio]|\\b[Aa]n [bcdfgjklmnpqrstvwxyz]|[{}]|  |\\bthere is (two|three|four|no [a-z]+(?<![us])s\\.)|\\bthere are (a|an|one)\\b");
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        Questioner questioner(scene, materials().nouns, 9);
        for (const Turn& turn : questioner.converse(4)) {
            // What is written in pictures need not be English.
            if (turn.kind == Kind::Read || turn.answer.find('"') != std::string::npos) continue;
            for (const std::string& text : {turn.question, turn.answer}) {
                const auto match = wrong.match(QString::fromStdString(text));
                QVERIFY2(!match.hasMatch(), (text + " -> " + match.captured().toStdString()).c_str());
            }
            QVERIFY2(!std::islower(static_cast<unsigned char>(turn.answer[0])), turn.answer.c_str());
        }
    }
}

void QuestionsTest::asksTheSameForTheSameSeed() {
    for (int i = 0; i < 50; ++i) {
        const Scene scene = sceneOf(i);
        const Dialogue a = Questioner(scene, materials().nouns, 4).converse(3), b = Questioner(scene, materials().nouns, 4).converse(3);
        for (std::size_t k = 0; k < a.size(); ++k) {
            QCOMPARE(a[k].question, b[k].question);
            QCOMPARE(a[k].answer, b[k].answer);
        }
    }
}

void QuestionsTest::heldOutWordingsAreOnlyAskedOnRequest() {
    std::set<std::string> heldOut;
    for (const Wording& wording : heldOutWordings(Kind::Scene)) heldOut.insert(wording.text);
    for (int i = 0; i < 300; ++i) {
        const Scene scene = sceneOf(i);
        if (const auto turn = Questioner(scene, materials().nouns, 1).ask(Kind::Scene)) QVERIFY(!heldOut.contains(turn->question));
        if (const auto turn = Questioner(scene, materials().nouns, 1, true).ask(Kind::Scene)) QVERIFY(heldOut.contains(turn->question));
    }
}

void QuestionsTest::captionsNameEverything() {
    for (int i = 0; i < scenes; ++i) {
        const Scene scene = sceneOf(i);
        const std::string brief = briefCaption(scene, materials().nouns), detail = detailedCaption(scene, materials().nouns);
        QVERIFY(brief.ends_with('.') && detail.ends_with('.'));
        if (scene.chart) {
            for (const auto& name : scene.chart->categories) QVERIFY2(detail.find("\"" + name + "\"") != std::string::npos, detail.c_str());
            continue;
        }
        for (const Thing& thing : thingsIn(scene, materials().nouns)) {
            if (thing.members.front()->kind >= Object::Kind::Die) continue;
            QVERIFY2(brief.find(thing.count() == 1 ? thing.name.substr(1) : thing.plural) != std::string::npos, brief.c_str());
        }
        for (const TextLine& line : scene.lines) QVERIFY2(detail.find(line.text) != std::string::npos, detail.c_str());
    }
}

QTEST_MAIN(QuestionsTest)
#include "questions_test.moc"
