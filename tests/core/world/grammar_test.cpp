#include <QtTest>
#include <set>

#include "core/world/grammar.h"
#include "core/world/nouns.h"
#include "core/world/vocabulary.h"
#include "core/world/wording.h"

using namespace fusionscope::world;

class GrammarTest : public QObject {
    Q_OBJECT

  private slots:
    void choosesTheArticleBySound_data();
    void choosesTheArticleBySound();
    void formsPlurals_data();
    void formsPlurals();
    void joinsLists();
    void expandsNestedChoices();
    void refusesPatternsThatAreNotClosed();
    void refusesSlotsWithoutAValue();
    void knowsFortyWordingsOfEveryKind_data();
    void knowsFortyWordingsOfEveryKind();
    void knowsTwelveFormsOfAnswer();
    void answersDependOnTheWordingAlone();
};

void GrammarTest::choosesTheArticleBySound_data() {
    QTest::addColumn<QString>("phrase");
    QTest::addColumn<QString>("expected");
    for (const auto& [phrase, expected] : std::initializer_list<std::pair<const char*, const char*>>{
             {"dog", "a dog"},           {"apple", "an apple"},       {"orange circle", "an orange circle"},
             {"unicorn", "a unicorn"},   {"hourglass", "an hourglass"}, {"umbrella", "an umbrella"},
             {"ice cream", "an ice cream"}, {"8", "an 8"},            {"7", "a 7"},
             {"yellow egg", "a yellow egg"}, {"ear of corn", "an ear of corn"}, {"house", "a house"}})
        QTest::newRow(phrase) << QString(phrase) << QString(expected);
}

void GrammarTest::choosesTheArticleBySound() {
    QFETCH(QString, phrase);
    QTEST(QString::fromStdString(withArticle(phrase.toStdString())), "expected");
}

void GrammarTest::formsPlurals_data() {
    QTest::addColumn<QString>("noun");
    QTest::addColumn<QString>("expected");
    for (const auto& [noun, expected] : std::initializer_list<std::pair<const char*, const char*>>{
             {"dog", "dogs"}, {"box", "boxes"}, {"cherry", "cherries"}, {"monkey", "monkeys"}, {"bus", "buses"},
             {"brush", "brushes"}, {"peach", "peaches"}, {"pine tree", "pine trees"}, {"cross", "crosses"}})
        QTest::newRow(noun) << QString(noun) << QString(expected);
    const Nouns nouns = Nouns::read(FUSIONSCOPE_SOURCE_DIR "/resources/world/nouns.txt");
    for (const auto& [noun, expected] : std::initializer_list<std::pair<const char*, const char*>>{
             {"mouse", "mice"}, {"sheep", "sheep"}, {"wolf", "wolves"}, {"knife", "knives"}, {"fish", "fish"}, {"tomato", "tomatoes"},
             {"pair of scissors", "pairs of scissors"}, {"loaf of bread", "loaves of bread"}, {"battery", "batteries"}})
        QTest::newRow(qPrintable(QString("listed ") + noun)) << QString::fromStdString(nouns.find(noun)->plural) << QString(expected);
}

void GrammarTest::formsPlurals() {
    QFETCH(QString, noun);
    QFETCH(QString, expected);
    QCOMPARE(QTest::currentDataTag()[0] == 'l' ? noun : QString::fromStdString(pluralOf(noun.toStdString())), expected);
}

void GrammarTest::joinsLists() {
    QCOMPARE(joined({}), std::string());
    QCOMPARE(joined(std::vector<std::string>{"a"}), std::string("a"));
    QCOMPARE(joined(std::vector<std::string>{"a", "b"}), std::string("a and b"));
    QCOMPARE(joined(std::vector<std::string>{"a", "b", "c"}, "or"), std::string("a, b or c"));
    QCOMPARE(isOrAre(1), std::string_view("is"));
    QCOMPARE(isOrAre(0), std::string_view("are"));
    QCOMPARE(numberWord(0), std::string("zero"));
    QCOMPARE(numberWord(13), std::string("13"));
}

void GrammarTest::expandsNestedChoices() {
    const std::vector<std::string> expected = {"Is x?", "Is x here?", "Is x in it?"};
    QCOMPARE(expansions("Is x(| (here|in it))?"), expected);
}

void GrammarTest::refusesPatternsThatAreNotClosed() {
    QVERIFY_EXCEPTION_THROWN(expansions("a (b|c"), std::logic_error);
    QVERIFY_EXCEPTION_THROWN(expansions("a b)"), std::logic_error);
}

void GrammarTest::refusesSlotsWithoutAValue() { QVERIFY_EXCEPTION_THROWN(filled("the {x}", {{"y", "dog"}}), std::logic_error); }

void GrammarTest::knowsFortyWordingsOfEveryKind_data() {
    QTest::addColumn<int>("kind");
    for (int kind = 0; kind < kindCount; ++kind) QTest::newRow(nameOf(static_cast<Kind>(kind)).data()) << kind;
}

void GrammarTest::knowsFortyWordingsOfEveryKind() {
    QFETCH(int, kind);
    std::set<std::string> training, heldOut;
    for (const Wording& wording : wordings(static_cast<Kind>(kind))) training.insert(wording.text);
    for (const Wording& wording : heldOutWordings(static_cast<Kind>(kind))) heldOut.insert(wording.text);
    QVERIFY2(training.size() + heldOut.size() >= 40, qPrintable(QString::number(training.size() + heldOut.size())));
    QVERIFY(!heldOut.empty());
    for (const auto& text : heldOut) QVERIFY2(!training.contains(text), text.c_str());
    for (const auto& text : training) QVERIFY2(text.find_first_of("(|)") == std::string::npos && text.find("  ") == std::string::npos, text.c_str());
}

void GrammarTest::knowsTwelveFormsOfAnswer() {
    for (int answer = 0; answer < answerCount; ++answer) {
        const auto forms = answerForms(static_cast<Answer>(answer));
        QVERIFY2(forms.size() >= 12, qPrintable(QString::number(answer)));
        for (const auto form : forms) {
            const char end = form.back();
            QVERIFY2(end == '.' || end == '?' || end == '!' || end == '}' || end == '"', form.data());
        }
    }
    // Each kind of question can call for all of them.
    for (int kind = 0; kind < kindCount; ++kind) {
        std::set<std::size_t> patterns;
        for (const Wording& wording : wordings(static_cast<Kind>(kind))) patterns.insert(wording.pattern);
        QVERIFY2(patterns.size() >= 12, nameOf(static_cast<Kind>(kind)).data());
    }
}

void GrammarTest::answersDependOnTheWordingAlone() {
    for (const Wording& wording : wordings(Kind::Existence))
        QCOMPARE(answerForm(Answer::Yes, wording), answerForms(Answer::Yes)[wording.pattern]);
}

QTEST_GUILESS_MAIN(GrammarTest)
#include "grammar_test.moc"
