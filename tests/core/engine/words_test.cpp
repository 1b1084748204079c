#include <QtTest>

#include "core/engine/ablation.h"
#include "core/engine/csv.h"
#include "core/engine/words.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

/// "same -removed +added"
std::string marked(const std::string& before, const std::string& after) {
    std::string text;
    for (const auto& change : compareWords(before, after)) {
        if (!text.empty()) text += ' ';
        if (change.kind == WordChange::Kind::Removed) text += '-';
        if (change.kind == WordChange::Kind::Added) text += '+';
        text += change.text;
    }
    return text;
}

}  // namespace

/// Words of generated ids, words of two texts side by side, fields of a table.
class Words : public QObject {
    Q_OBJECT

    const std::unique_ptr<text::Tokenizer> m_bytes = text::loadTokenizer(FUSIONSCOPE_SOURCE_DIR "/models/nano");
    const std::unique_ptr<text::Tokenizer> m_pieces =
        text::loadTokenizer(FUSIONSCOPE_SOURCE_DIR "/tests/golden/florence-vl/phi3-tiny-a/model");

  private slots:
    void wordsHoldAllTokensAndAllText_data() {
        QTest::addColumn<bool>("pieces");
        QTest::addColumn<QByteArray>("text");
        for (const bool pieces : {false, true})
            for (const char* text : {"Two cats, 37 birds.", "  spaced   out ", "one", "\xE7\x8C\xAB and \xF0\x9F\x98\x80!", "a\n\nb", ""})
                QTest::addRow("%s %s", pieces ? "pieces" : "bytes", text) << pieces << QByteArray(text);
    }
    void wordsHoldAllTokensAndAllText() {
        QFETCH(bool, pieces);
        QFETCH(QByteArray, text);
        const auto& tokenizer = pieces ? *m_pieces : *m_bytes;
        const auto ids = tokenizer.encode(text.toStdString());
        const auto words = wordsOf(tokenizer, ids);
        size_t next = 0;
        std::string joined, expected;
        for (const auto& word : words) {
            QCOMPARE(word.first, next);
            QVERIFY(word.count > 0);
            next += word.count;
            for (const char c : word.text)
                if (!std::isspace(static_cast<unsigned char>(c))) joined += c;
        }
        QCOMPARE(next, ids.size());
        for (const char c : text)
            if (!std::isspace(static_cast<unsigned char>(c))) expected += c;
        QCOMPARE(joined, expected);
    }

    void punctuationBelongsToTheWordBeforeIt_data() {
        QTest::addColumn<bool>("pieces");
        QTest::newRow("bytes") << false;
        QTest::newRow("pieces") << true;
    }
    void punctuationBelongsToTheWordBeforeIt() {
        QFETCH(bool, pieces);
        const auto& tokenizer = pieces ? *m_pieces : *m_bytes;
        std::vector<std::string> texts;
        for (const auto& word : wordsOf(tokenizer, tokenizer.encode("Two cats, 37 birds."))) texts.push_back(word.text);
        QCOMPARE(texts, (std::vector<std::string>{"Two", "cats,", "37", "birds."}));
    }

    void endTokenIsAWordWithoutText() {
        auto ids = m_bytes->encode("A cat.");
        ids.push_back(2);
        const auto words = wordsOf(*m_bytes, ids);
        QCOMPARE(words.back().text, std::string());
        QCOMPARE(words.back().count, size_t{1});
        QCOMPARE(words[words.size() - 2].text, std::string("cat."));
    }

    void changedWordsAreMarked_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("marked");
        QTest::newRow("equal") << "a red bus" << "a red bus" << "a red bus";
        QTest::newRow("one word") << "a red bus" << "a blue bus" << "a -red +blue bus";
        QTest::newRow("added") << "a bus" << "a red bus" << "a +red bus";
        QTest::newRow("removed") << "a red bus" << "a bus" << "a -red bus";
        QTest::newRow("all") << "one two" << "three" << "-one -two +three";
        QTest::newRow("moved") << "x a b c" << "a b c x" << "-x a b c +x";
        QTest::newRow("nothing left") << "a b" << "" << "-a -b";
        QTest::newRow("spaces do not count") << " a  b\n" << "a b" << "a b";
    }
    void changedWordsAreMarked() {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, marked);
        QCOMPARE(QString::fromStdString(::marked(before.toStdString(), after.toStdString())), marked);
    }

    void longTextsAreComparedWithinBounds() {
        std::string before, after;
        for (int i = 0; i < 30'000; ++i) {
            before += std::to_string(i) + " ";
            after += std::to_string(-i - 1) + " ";
        }
        QCOMPARE(compareWords(before, after).size(), size_t{60'000});
    }

    void fieldsAreQuotedWhereTheyNeedIt() {
        QCOMPARE(csvLine({"a", "b c", "d,e", "say \"f\"", "g\nh", ""}),
                 std::string("a,b c,\"d,e\",\"say \"\"f\"\"\",\"g\nh\",\r\n"));
        QCOMPARE(csvNumber(0.1), std::string("0.1"));
        QCOMPARE(csvNumber(std::nan("")), std::string());
    }
};

QTEST_GUILESS_MAIN(Words)
#include "words_test.moc"
