#include "core/files/json.h"

#include <QtTest>

#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace std::string_literals;

class JsonTest : public QObject {
    Q_OBJECT

  private slots:
    void refusesTextThatIsNotStrictJson_data();
    void refusesTextThatIsNotStrictJson();
    void readsWhatTheLibraryReads();
    void limitsNameThemselves();
    void fieldsNameThePlaceOfAWrongValue_data();
    void fieldsNameThePlaceOfAWrongValue();
    void fieldsReadEveryKind();
};

void JsonTest::refusesTextThatIsNotStrictJson_data() {
    QTest::addColumn<std::string>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("empty") << ""s << "empty";
    QTest::newRow("cut off") << R"({"a": )"s << "not valid JSON";
    QTest::newRow("two values") << "{} {}"s << "not valid JSON";
    QTest::newRow("NaN") << R"({"a": NaN})"s << "not valid JSON";
    QTest::newRow("infinity") << R"({"a": -Infinity})"s << "not valid JSON";
    QTest::newRow("number beyond double") << R"({"a": 1e999})"s << "not valid JSON";
    QTest::newRow("bad UTF-8") << "{\"a\": \"\xff\"}"s << "not valid JSON";
    QTest::newRow("lone surrogate") << R"({"a": "\ud800"})"s << "not valid JSON";
    QTest::newRow("comment") << "{} // note"s << "not valid JSON";
    QTest::newRow("duplicate key") << R"({"b": {"a": 1, "a": 2}})"s << "\"a\" stands twice";
    QTest::newRow("deep") << std::string(100, '[') + std::string(100, ']') << "nested deeper than 32";
    QTest::newRow("very deep") << std::string(8'000'000, '[') << "nested deeper than 32";
    QTest::newRow("many values") << QByteArray("0,").repeated(1'200'000).prepend('[').append("0]").toStdString()
                                 << "more than 400000 values";
    QTest::newRow("long") << std::string(std::size_t{17} << 20, ' ') << "more than the";
}

void JsonTest::refusesTextThatIsNotStrictJson() {
    QFETCH(std::string, text);
    QFETCH(QString, reason);
    try {
        parseJson(text, "config.json");
        QFAIL("accepted");
    } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains(reason), error.what());
        QVERIFY2(QString(error.what()).startsWith("config.json: "), error.what());
        QVERIFY(std::string_view(error.what()).size() < 500);
    }
}

void JsonTest::readsWhatTheLibraryReads() {
    const std::string text = R"({"a":[1,-2,3.5,true,null,{"b":"ü\u0000"}],"c":{},"d":[],"e":18446744073709551615})";
    QCOMPARE(parseJson(text, "x").dump(), nlohmann::json::parse(text).dump());
    QCOMPARE(parseJson("7", "x").get<int>(), 7);
}

void JsonTest::limitsNameThemselves() {
    QVERIFY_EXCEPTION_THROWN(parseJson("[1,2,3]", "x", {100, 3, 4}), Error);
    QCOMPARE(parseJson("[1,2,3]", "x", {100, 4, 4}).size(), 3U);
    QVERIFY_EXCEPTION_THROWN(parseJson("[[1]]", "x", {100, 10, 1}), Error);
    QVERIFY_EXCEPTION_THROWN(parseJson("[1,2,3]", "x", {6, 10, 4}), Error);
}

void JsonTest::fieldsNameThePlaceOfAWrongValue_data() {
    QTest::addColumn<std::string>("text");
    QTest::addColumn<QString>("message");
    QTest::newRow("absent") << R"({"t":{}})"s << "c.json: field t.n is missing.";
    QTest::newRow("null") << R"({"t":{"n":null}})"s << "c.json: field t.n is missing.";
    QTest::newRow("text") << R"({"t":{"n":"4"}})"s << "c.json: field t.n is \"4\", expected a whole number from 1 to 10.";
    QTest::newRow("fraction") << R"({"t":{"n":4.5}})"s << "c.json: field t.n is 4.5, expected a whole number from 1 to 10.";
    QTest::newRow("small") << R"({"t":{"n":0}})"s << "c.json: field t.n is 0, expected a whole number from 1 to 10.";
    QTest::newRow("large") << R"({"t":{"n":18446744073709551615}})"s
                           << "c.json: field t.n is 18446744073709551615, expected a whole number from 1 to 10.";
    QTest::newRow("list") << R"({"t":{"n":[1,2]}})"s << "c.json: field t.n is a list of 2, expected a whole number from 1 to 10.";
    QTest::newRow("no object") << R"({"t":[]})"s << "c.json: field t is a list of 0, expected an object.";
    QTest::newRow("root") << R"([])"s << "c.json: the file is a list of 0, expected an object.";
}

void JsonTest::fieldsNameThePlaceOfAWrongValue() {
    QFETCH(std::string, text);
    QFETCH(QString, message);
    const auto json = parseJson(text, "c.json");
    try {
        Fields(json, "c.json").object("t").integer("n", {1, 10});
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(QString(error.what()), message);
    }
}

void JsonTest::fieldsReadEveryKind() {
    const auto json = parseJson(R"({"i":4096.0,"f":1e-5,"b":true,"s":"x","eos":7,"list":[1,2],"words":["p"],"bad":[1,"2"]})", "c");
    const Fields fields(json, "c");
    QCOMPARE(fields.integer("i"), 4096);
    QCOMPARE(fields.integerOr("none", 3, {1, 2}), 3);
    QCOMPARE(fields.number("f", {0, 1}), 1e-5);
    QCOMPARE(fields.numberOr("none", 0.5), 0.5);
    QVERIFY(fields.flag("b") && !fields.flagOr("none", false));
    QCOMPARE(fields.text("s"), "x"s);
    QCOMPARE(fields.textOr("none", "y"), "y"s);
    QCOMPARE(fields.integers("eos"), std::vector<int64_t>{7});
    QCOMPARE(fields.integers("list"), (std::vector<int64_t>{1, 2}));
    QVERIFY(fields.integers("none").empty());
    QCOMPARE(fields.texts("words"), std::vector<std::string>{"p"});
    QVERIFY(!fields.objectIf("none"));
    QVERIFY_EXCEPTION_THROWN(fields.number("f", {1, 2}), Error);
    QVERIFY_EXCEPTION_THROWN(fields.flag("i"), Error);
    QVERIFY_EXCEPTION_THROWN(fields.text("i"), Error);
    try {
        fields.numbers("bad");
        QFAIL("accepted");
    } catch (const Error& error) {
        QCOMPARE(error.problem(), R"(field bad[1] is "2", expected a number)"s);
    }
}

QTEST_GUILESS_MAIN(JsonTest)
#include "json_test.moc"
