#include "core/text/pre_tokenizer.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/text/normalizer.h"
#include "core/text/token_decoder.h"
#include "core/text/utf8.h"

using namespace fusionscope::text;
using nlohmann::json;

namespace {

QStringList wordsOf(const std::vector<PreTokenizer>& steps, const QString& text, bool starts = true) {
    PreTokenized words(text.toStdString(), starts);
    for (const PreTokenizer& step : steps) step(words);
    QStringList list;
    for (const Span& word : words.words) list << QString::fromStdString(std::string(words.word(word)));
    return list;
}

QStringList wordsOf(const json& description, const QString& text, bool starts = true) {
    return wordsOf(readPreTokenizer(description, "test"), text, starts);
}

json split(const char* behaviour, bool invert = false) {
    return {{"type", "Split"}, {"pattern", {{"String", "-"}}}, {"behavior", behaviour}, {"invert", invert}};
}

}  // namespace

class PreTokenizerTest : public QObject {
    Q_OBJECT

  private slots:
    void cutsByPattern_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("gpt2") << "gpt2" << "Hello  world's 123!" << QStringList{"Hello", " ", " world", "'s", " 123", "!"};
        QTest::newRow("gpt2 end") << "gpt2" << "a  \n " << QStringList{"a", "  \n "};
        QTest::newRow("gpt2 case") << "gpt2" << "I'M" << QStringList{"I", "'", "M"};
        QTest::newRow("llama3") << "llama3" << "I'M 12345\n\n x..\n" << QStringList{"I", "'M", " ", "123", "45", "\n\n", " x", "..\n"};
        QTest::newRow("qwen2") << "qwen2" << "a12" << QStringList{"a", "1", "2"};
        QTest::newRow("long s") << "llama3" << "it'ſ" << QStringList{"it", "'ſ"};
        QTest::newRow("no space") << "gpt2" << QString("a \u180Eb") << QStringList{"a", QString(" \u180E"), "b"};
        QTest::newRow("next line") << "gpt2" << QString("a\u0085\u0085b") << QStringList{"a", QString("\u0085"), QString("\u0085"), "b"};
    }
    void cutsByPattern() {
        QFETCH(QString, kind);
        QFETCH(QString, text);
        QFETCH(QStringList, words);
        const std::string_view pattern = kind == "gpt2" ? gpt2Pattern : kind == "llama3" ? llama3Pattern : qwen2Pattern;
        QCOMPARE(wordsOf({splitIsolated(Regex(pattern, "test"))}, text), words);
    }

    void splitsInEveryBehaviour_data() {
        QTest::addColumn<QString>("behaviour");
        QTest::addColumn<bool>("invert");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("removed") << "Removed" << false << QStringList{"the", "final", "countdown"};
        QTest::newRow("isolated") << "Isolated" << false << QStringList{"the", "-", "final", "-", "-", "countdown"};
        QTest::newRow("previous") << "MergedWithPrevious" << false << QStringList{"the-", "final-", "-", "countdown"};
        QTest::newRow("next") << "MergedWithNext" << false << QStringList{"the", "-final", "-", "-countdown"};
        QTest::newRow("contiguous") << "Contiguous" << false << QStringList{"the", "-", "final", "--", "countdown"};
        QTest::newRow("inverted") << "Removed" << true << QStringList{"-", "-", "-"};
    }
    void splitsInEveryBehaviour() {
        QFETCH(QString, behaviour);
        QFETCH(bool, invert);
        QFETCH(QStringList, words);
        QCOMPARE(wordsOf(split(behaviour.toUtf8(), invert), "the-final--countdown"), words);
    }

    void spellsBytes() {
        QCOMPARE(wordsOf({byteLevel(false, true)}, "a é\n"), (QStringList{"a", QString("ĠÃ©"), QString("Ċ")}));
        QCOMPARE(wordsOf({byteLevel(true, true)}, "a b"), (QStringList{"Ġa", "Ġb"}));
        QCOMPARE(wordsOf({byteLevel(true, true)}, " a"), (QStringList{"Ġa"}));
    }

    void splitsDigits() {
        const json individual = {{"type", "Digits"}, {"individual_digits", true}};
        QCOMPARE(wordsOf(individual, "a12½x"), (QStringList{"a", "1", "2", "½", "x"}));
        QCOMPARE(wordsOf(json{{"type", "Digits"}, {"individual_digits", false}}, "a12x"), (QStringList{"a", "12", "x"}));
    }

    void marksSpaces() {
        const auto metaspace = [](const char* scheme, bool cut) {
            return json{{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", cut}};
        };
        QCOMPARE(wordsOf(metaspace("always", true), "a b", false), (QStringList{"▁a", "▁b"}));
        QCOMPARE(wordsOf(metaspace("first", false), "a b", true), (QStringList{"▁a▁b"}));
        QCOMPARE(wordsOf(metaspace("first", false), "a b", false), (QStringList{"a▁b"}));
        QCOMPARE(wordsOf(metaspace("never", true), " a", true), (QStringList{"▁a"}));
    }

    void normalisesInOrder() {
        const json description = {
            {"type", "Sequence"},
            {"normalizers",
             {{{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}},
              {{"type", "NFC"}},
              {{"type", "Prepend"}, {"prepend", "▁"}},
              {{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", "▁"}}}}};
        const auto steps = readNormalizer(description, "test");
        QCOMPARE(normalise(steps, " e\u0301 \t b\u00a0"), std::string("▁é▁b"));
        QCOMPARE(normalise(steps, "  "), std::string());
    }

    void decodesInOrder() {
        const json description = {
            {"type", "Sequence"},
            {"decoders",
             {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
              {{"type", "ByteFallback"}},
              {{"type", "Fuse"}},
              {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}};
        const auto decoder = TokenDecoder::read(description, "test");
        QVERIFY(decoder.dropsFirstSpace() && !decoder.isByteLevel());
        QCOMPARE(decoder.decode({"▁▁a", "<0xC3>", "<0xA9>", "▁b"}), std::string(" aé b"));
        QCOMPARE(decoder.decode({"<0xC3>", "<0x28>", "x"}), std::string("\uFFFD\uFFFDx"));
        QCOMPARE(decoder.decode({}), std::string());
        QCOMPARE(TokenDecoder().decode({"a", "b"}), std::string("a b"));
        QCOMPARE(TokenDecoder::byteLevel().decode({"Ġa", "<|x y|>"}), std::string(" a<|x y|>"));
    }
};

QTEST_GUILESS_MAIN(PreTokenizerTest)
#include "pre_tokenizer_test.moc"
