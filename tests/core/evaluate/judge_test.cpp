#include <QtTest>

#include "core/evaluate/judge.h"

using namespace fusionscope::evaluate;
using namespace fusionscope::world;

Q_DECLARE_METATYPE(fusionscope::world::Turn)

namespace {

const Nouns& nouns() {
    static const Nouns read = Nouns::read(FUSIONSCOPE_SOURCE_DIR "/resources/world/nouns.txt");
    return read;
}

const Vocabulary& vocabulary() {
    static const Vocabulary made(nouns());
    return made;
}

Turn turnOf(Kind kind, const char* key, const char* subject = "", const char* other = "") { return {kind, "?", "", key, subject, other}; }

}  // namespace

class JudgeTest : public QObject {
    Q_OBJECT

  private slots:
    void tellsRightFromWrong_data();
    void tellsRightFromWrong();
    void findsTheOneBox();
    void findsThingsByTheirLongestName();
    void dropsWhatIsQuoted();
    void comparesWholeWords();
};

void JudgeTest::tellsRightFromWrong_data() {
    QTest::addColumn<Turn>("turn");
    QTest::addColumn<QString>("answer");
    QTest::addColumn<bool>("right");
    const auto rows = [](const char* name, const Turn& turn, std::initializer_list<const char*> right, std::initializer_list<const char*> wrong) {
        for (const char* answer : right) QTest::addRow("%s, right: %s", name, answer) << turn << QString(answer) << true;
        for (const char* answer : wrong) QTest::addRow("%s, wrong: %s", name, answer) << turn << QString(answer) << false;
        QTest::addRow("%s, wrong: nothing", name) << turn << QString() << false;
    };
    rows("there", turnOf(Kind::Existence, "yes", "red car"),
         {"Yes.", "Yes, there is a red car.", "yes", "There is a red car in the picture.", "I can see a red car.", "Yes, there is a red car, not a blue one."},
         {"No.", "No, there is no red car.", "Yes, there is no red car.", "There is no red car.", "I can't see a red car.", "Yesterday.",
          "I am not sure whether there is a red car.", "There is a blue car.", "Maybe there is a red car."});
    rows("absent", turnOf(Kind::Existence, "no", "dog"),
         {"No.", "No, there is no dog.", "No dogs.", "There are no dogs.", "No, I can't see a dog in the picture.", "I can't find any dogs.",
          "No, the picture does not show a dog.", "No, but there is a cat."},
         {"Yes.", "Yes, there is a dog.", "Nobody knows.", "No, there is a dog.", "There is a dog.", "I can't tell.", "Now."});
    rows("three", turnOf(Kind::Count, "3", "car"),
         {"Three.", "3", "There are three cars.", "I count 3 cars and two dogs.", "Three cars in all.", "No, there are three."},
         {"Thirteen.", "13", "3.5", "30", "There are two cars.", "There are three or four cars.", "Two cars and three dogs.", "I see cars.",
          "The number of cars is 2, or 3.", "Maybe three."});
    rows("none", turnOf(Kind::Count, "0", "sheep"), {"Zero.", "0.", "There are no sheep.", "None.", "No sheep at all."},
         {"One.", "10", "There is a sheep.", "I know nothing of that number."});
    rows("one", turnOf(Kind::Count, "1", "die"), {"One.", "There is one die.", "There is a die.", "I see a die here."},
         {"There are dice.", "There is no die.", "Eleven.", "Someone has a die and two cups, or three."});
    rows("color", turnOf(Kind::Colour, "gray", "car"), {"Gray.", "The car is grey.", "It is gray in colour."},
         {"The car is red.", "Gray or blue.", "It is not gray.", "The car is colored.", "Graying."});
    rows("color red", turnOf(Kind::Colour, "red", "umbrella"), {"Red.", "I would say the umbrella is red."}, {"Tired.", "It is reddish-brown.", "It is colored."});
    rows("where", turnOf(Kind::Where, "top left", "dog"),
         {"At the top left.", "The dog is at the top left of the picture.", "Upper left.", "In the left part at the top."},
         {"At the top.", "On the left.", "Top right.", "Bottom left.", "Left or right at the top.", "The dog is in the picture.", "Not at the top left."});
    rows("where in the middle", turnOf(Kind::Where, "middle left", "top hat"),
         {"The top hat is at the middle left.", "On the left.", "center left"}, {"The top hat is at the top left.", "In the middle.", "On the right."});
    rows("center", turnOf(Kind::Where, "center", "turn left sign"), {"In the centre.", "The turn left sign is in the middle of the picture."},
         {"The turn left sign is on the left.", "Top center."});
    rows("left", turnOf(Kind::Relation, "to the left of", "dog", "cat"),
         {"To the left.", "The dog is to the left of the cat.", "Left of the cat.", "On its left.", "From the cat, the dog is left.",
          "The cat is to the right of the dog.", "It is on the left of the cat."},
         {"To the right.", "The cat is to the left of the dog.", "The dog is above the cat.", "Left or right.", "It is not to the left of the cat.",
          "The dog left.  No, above.", "Near the cat."});
    rows("above", turnOf(Kind::Relation, "above", "circle", "red circle"), {"Above.", "The circle is above the red circle.", "Over it."},
         {"Below.", "The red circle is above the circle.", "Under the red circle."});
    rows("on", turnOf(Kind::Relation, "on", "cup", "bed"), {"On the bed.", "The cup is on the bed.", "It stands on it."},
         {"On the left of the bed.", "Under the bed.", "The bed is on the cup.", "Only the bed."});
    rows("inside", turnOf(Kind::Relation, "inside", "star", "circle"), {"Inside the circle.", "The star is within the circle."},
         {"The circle is inside the star.", "Outside the circle.", "Above the circle."});
    rows("between", turnOf(Kind::Between, "cat", "dog", "red cat"), {"The cat.", "The cat is between the dog and the red cat.", "It is the cat."},
         {"The dog.", "The red cat.", "A category.", "The cat or the mouse.", "Not the cat."});
    rows("more", turnOf(Kind::Compare, "dogs", "dog", "mouse"),
         {"There are more dogs than mice.", "Dogs.", "More dogs.", "The dogs.", "Yes, there are more dogs than mice.", "There are fewer mice than dogs."},
         {"There are more mice than dogs.", "Mice.", "There are dogs and mice.", "There are as many dogs as mice.", "There are fewer dogs than mice.",
          "There are not more dogs than mice.", "Hot dogma."});
    rows("as many", turnOf(Kind::Compare, "equal", "red car", "blue car"),
         {"There are as many red cars as blue cars.", "The same number.", "They are equal."},
         {"There are more red cars than blue cars.", "Red cars.", "There are fewer blue cars."});
    rows("category", turnOf(Kind::Category, "yes", "animal"), {"Yes, there is a whale.", "Yes.", "Yes, there are two ants and a dog.", "A whale."},
         {"No.", "No, there is no animal.", "A car."});
    rows("no category", turnOf(Kind::Category, "no", "vehicle"), {"No, there is no vehicle.", "No."}, {"Yes, there is a car.", "Yes."});
    rows("place", turnOf(Kind::Scene, "a meadow at night"), {"A meadow at night.", "It is a meadow at night.", "A meadow."},
         {"A beach at night.", "A meadow at sunset.", "Night.", "A meadow or a beach.", "It is not a meadow."});
    rows("plain", turnOf(Kind::Scene, "a plain light blue background"), {"A plain light blue background.", "Light blue."},
         {"A plain blue background.", "A plain light green background.", "A plain background."});
    rows("list", turnOf(Kind::List, "two red cars, a dog and an orange"),
         {"Two red cars, a dog and an orange.", "I see a dog, an orange and 2 red cars."},
         {"Two red cars and a dog.", "Two cars, a dog and an orange.", "Three red cars, a dog and an orange.", "Two red cars, a dog, an orange and a cat.", "Nothing."});
    rows("text", turnOf(Kind::Read, "OPEN Daily 9"), {"\"OPEN Daily 9\"", "OPEN Daily 9", "It says \"open daily 9\"."},
         {"\"OPEN Daily\"", "\"OPEN Daily 90\"", "Daily OPEN 9"});
    rows("no text", turnOf(Kind::Read, "no text"), {"There is no text in the picture.", "No text.", "I can't see any text."}, {"\"text\"", "Some text."});
    rows("title", turnOf(Kind::ChartTitle, "Sales"), {"\"Sales\".", "The title is \"Sales\".", "Sales"}, {"\"Sale\".", "\"Salesman\"", "The chart has no title."});
    rows("value", turnOf(Kind::ChartValue, "7", "\"2014\""), {"7.", "The value of \"2014\" is 7.", "2014 is seven."},
         {"2014.", "17", "The value is 7 or 8.", "7.5", "It is not 7."});
    rows("die", turnOf(Kind::Symbol, "4", "die"), {"The die shows four.", "4"}, {"14", "Five.", "Four or five.", "A die."});
    rows("clock", turnOf(Kind::Symbol, "3:15", "clock"), {"It is 3:15.", "3:15"}, {"3:10", "13:15", "It is 3.", "15:3"});
    rows("flag", turnOf(Kind::Symbol, "Norway", "flag"), {"It is the flag of Norway.", "Norway."}, {"Sweden.", "Norway or Sweden.", "Norwayish."});
    rows("card", turnOf(Kind::Symbol, "seven of hearts", "playing card"), {"It is the seven of hearts.", "7 of hearts", "Hearts, seven."},
         {"The seven of spades.", "Six of hearts.", "Seven.", "Six or seven of hearts.", "17 of hearts"});
    rows("sign", turnOf(Kind::Symbol, "no parking sign", "traffic sign"), {"It is a no parking sign."}, {"A parking sign.", "A stop sign."});
    rows("parking", turnOf(Kind::Symbol, "parking sign", "traffic sign"), {"It is a parking sign."}, {"A no parking sign.", "Not a parking sign."});
    rows("refusal", turnOf(Kind::Unanswerable, "not there", "cat"),
         {"I can't see a cat in the picture.", "There is no cat.", "I cannot see a cat.", "The picture does not show a cat.", "I can't tell that from the picture."},
         {"The cat is at the top left.", "It is red.", "[1, 2, 3, 4]", "Notable."});
    rows("unknown", turnOf(Kind::Unanswerable, "can't tell", "cat"), {"I can't tell that from the picture.", "I don't know."},
         {"There is no cat.", "Tom.", "It is five years old."});
    rows("off topic", turnOf(Kind::OffTopic, "only"), {"I am sorry, I can only talk about the picture.", "I don't know."}, {"Lima.", "The only one is Peru."});
}

void JudgeTest::tellsRightFromWrong() {
    QFETCH(Turn, turn);
    QFETCH(QString, answer);
    QFETCH(bool, right);
    QCOMPARE(Judge(vocabulary()).isRight(turn, answer.toStdString()), right);
}

void JudgeTest::findsTheOneBox() {
    QCOMPARE(boxIn("[12, 30, 45, 60]"), std::optional(QRectF(QPointF(12, 30), QPointF(45, 60))));
    QCOMPARE(boxIn("The box is [1,2,3.5,4]."), std::optional(QRectF(QPointF(1, 2), QPointF(3.5, 4))));
    for (const char* text : {"", "[", "[1, 2, 3]", "[1, 2, 3, 4", "1, 2, 3, 4", "[45, 60, 12, 30]", "[1, 2, 3, 4] [5, 6, 7, 8]", "[1, 2, 3, 4, 5]", "[a, b, c, d]"})
        QVERIFY2(!boxIn(text), text);
    QCOMPARE(overlap({0, 0, 2, 2}, {0, 0, 2, 2}), 1.0);
    QCOMPARE(overlap({0, 0, 2, 2}, {1, 0, 2, 2}), 1.0 / 3);
    QCOMPARE(overlap({0, 0, 2, 2}, {3, 3, 1, 1}), 0.0);
    const Judge judge(vocabulary());
    const Turn turn = turnOf(Kind::Boxes, "[10, 10, 30, 30]", "dog");
    QVERIFY(judge.isRight(turn, "[12, 10, 30, 30]"));
    QVERIFY(!judge.isRight(turn, "[20, 10, 40, 30]"));
}

void JudgeTest::findsThingsByTheirLongestName() {
    using Names = std::set<std::string>;
    QCOMPARE(vocabulary().namesIn("A fire truck, two mice and three pairs of scissors on a street."), (Names{"fire truck", "mouse", "pair of scissors"}));
    QCOMPARE(vocabulary().namesIn("Two orange cars and an orange."), (Names{"car", "orange"}));
    QCOMPARE(vocabulary().namesIn("A category of dogma, carpets."), Names{});
    const auto mentions = vocabulary().mentionsIn(wordsIn("Two red striped circles and a dog"));
    QCOMPARE(mentions.size(), std::size_t{2});
    QCOMPARE(mentions[0].looks, std::string("red striped"));
    QCOMPARE(mentions[0].count, 2);
    QCOMPARE(vocabulary().pluralOf("blue knife"), std::string("blue knives"));
}

void JudgeTest::dropsWhatIsQuoted() {
    QVERIFY(vocabulary().namesIn("A sign. It says \"CAT dog\".") == std::set<std::string>{"sign"});
    QCOMPARE(quotedIn("He said “OPEN” and \"x y\""), (std::vector<std::string>{"OPEN", "x y"}));
    QCOMPARE(quotedIn("no quotes, \"open"), std::vector<std::string>{});
}

void JudgeTest::comparesWholeWords() {
    QCOMPARE(wordsIn("It's 3:15, grey; 3.5 cats."), (Words{"it's", "3:15", "gray", "3.5", "cats"}));
    QVERIFY(!contains(wordsIn("thirteen category"), "three"));
    QVERIFY(!contains(wordsIn("category"), "cat"));
    QCOMPARE(numberOf("seven"), std::optional(7));
    QCOMPARE(numberOf("42"), std::optional(42));
    for (const char* word : {"", "3.5", "3:15", "4th", "someone", "99999999999"}) QVERIFY2(!numberOf(word), word);
}

QTEST_GUILESS_MAIN(JudgeTest)
#include "judge_test.moc"
