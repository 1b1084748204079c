#include "core/text/stream_decoder.h"

#include <QtTest>

#include "core/text/utf8.h"
#include "golden.h"

using namespace fusionscope;
using namespace fusionscope::text;
using golden::Ids;
using golden::json;

class StreamDecoderTest : public QObject {
    Q_OBJECT

  private slots:
    void showsAtLeastWhatTheReferenceShows_data() { namesOfStreams(); }
    void showsAtLeastWhatTheReferenceShows() {
        QFETCH(QString, name);
        const std::string key = name.toStdString();
        const auto folder = golden::findTokenizerFile(golden::folderOf(key));
        const auto file = golden::findTokenizerFile("stream-" + key + ".jsonl.gz");
        if (!folder || !file) QSKIP(golden::missing(folder ? "stream-" + key : golden::folderOf(key)).c_str());
        const auto tokenizer = golden::load(*folder, key);
        for (const json& row : golden::readLines(*file)) {
            StreamDecoder decoder(*tokenizer);
            std::string shown, least;
            const std::string decoded = row["decoded"];
            const bool comparable = !row["flush"].is_null();
            for (std::size_t i = 0; i < row["ids"].size(); ++i) {
                shown += decoder.push(row["ids"][i]);
                least += row["pieces"][i].get<std::string>();
                QVERIFY2(isValidUtf8(shown), row.dump().c_str());
                QVERIFY2(shown.starts_with(least), row.dump().c_str());
                if (comparable) QVERIFY2(decoded.starts_with(shown), row.dump().c_str());
            }
            shown += decoder.finish();
            QCOMPARE(decoder.text(), shown);
            if (comparable) QCOMPARE(shown, decoded);
        }
    }

    void equalsDecodingAsAWhole_data() { namesOfStreams(); }
    void equalsDecodingAsAWhole() {
        QFETCH(QString, name);
        const std::string key = name.toStdString();
        const auto folder = golden::findTokenizerFile(golden::folderOf(key));
        if (!folder) QSKIP(golden::missing(golden::folderOf(key)).c_str());
        const auto tokenizer = golden::load(*folder, key);
        for (const json& row : golden::readLines(golden::folder("tokenizers") / "strings.jsonl")) {
            const Ids ids = tokenizer->encode(row["text"].get<std::string>());
            StreamDecoder decoder(*tokenizer);
            std::string shown;
            for (const std::int64_t id : ids) {
                const std::string piece = decoder.push(id);
                QVERIFY(isValidUtf8(piece));
                shown += piece;
            }
            shown += decoder.finish();
            QCOMPARE(QString::fromStdString(shown),
                     QString::fromStdString(tokenizer->decode(ids, {.skipSpecial = true})));
        }
    }

    void neverShowsAStopStringOrTextBehindIt_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("stops");
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("stop");
        QTest::newRow("none") << "one two" << QStringList{} << "one two" << "";
        QTest::newRow("empty ones") << "one two" << QStringList{"", ""} << "one two" << "";
        QTest::newRow("found") << "one\nUser: two" << QStringList{"\nUser:"} << "one" << "\nUser:";
        QTest::newRow("at the start") << "STOP one" << QStringList{"STOP"} << "" << "STOP";
        QTest::newRow("at the end") << "one STOP" << QStringList{"STOP"} << "one " << "STOP";
        QTest::newRow("begun only") << "one STO" << QStringList{"STOP"} << "one STO" << "";
        QTest::newRow("begun twice") << "aaab" << QStringList{"aab"} << "a" << "aab";
        QTest::newRow("the earlier") << "x one two" << QStringList{"two", "one"} << "x " << "one";
        QTest::newRow("the longer") << "x one two" << QStringList{"one", "one two"} << "x " << "one";
        QTest::newRow("many bytes") << "naïve 東京 👩‍👩‍👧 end" << QStringList{"京 👩"} << "naïve 東" << "京 👩";
    }
    void neverShowsAStopStringOrTextBehindIt() {
        QFETCH(QString, text);
        QFETCH(QStringList, stops);
        QFETCH(QString, shown);
        QFETCH(QString, stop);
        const auto tokenizer = loadTokenizer(golden::folder("tokenizers") / "smollm2");
        std::vector<std::string> strings;
        for (const QString& each : stops) strings.push_back(each.toStdString());
        StreamDecoder decoder(*tokenizer, strings);
        std::string out;
        for (const std::int64_t id : tokenizer->encode(text.toStdString())) {
            out += decoder.push(id);
            QVERIFY(shown.toStdString().starts_with(out));
        }
        out += decoder.finish();
        QCOMPARE(QString::fromStdString(out), shown);
        QCOMPARE(QString::fromStdString(decoder.stop()), stop);
        QCOMPARE(decoder.stopped(), !stop.isEmpty());
        QCOMPARE(decoder.push(100), decoder.stopped() ? std::string() : tokenizer->decode(Ids{100}));
    }

    void turnsAnUnfinishedCharacterIntoOneReplacement() {
        const auto tokenizer = loadTokenizer(golden::folder("tokenizers") / "smollm2");
        Ids ids = tokenizer->encode("a 👩");
        ids.pop_back();
        StreamDecoder decoder(*tokenizer);
        std::string out;
        for (const std::int64_t id : ids) out += decoder.push(id);
        QCOMPARE(out, std::string("a "));
        QCOMPARE(decoder.finish(), std::string("\uFFFD"));
        QCOMPARE(decoder.finish(), std::string());
    }

    void leavesSpecialTokensAndUnknownIdsOut() {
        const auto tokenizer = loadTokenizer(golden::folder("tokenizers") / "smollm2");
        StreamDecoder decoder(*tokenizer);
        QCOMPARE(decoder.push(1) + decoder.push(-200) + decoder.push(1 << 20) + decoder.push(2), std::string());
        QCOMPARE(decoder.finish(), std::string());
    }

    void dropsTheSpaceInFrontOfSentencePieceTextOnce() {
        const auto tokenizer = loadTokenizer(golden::folder("tokenizers") / "mistral");
        StreamDecoder decoder(*tokenizer);
        std::string out;
        for (const std::int64_t id : tokenizer->encode("  two spaces")) out += decoder.push(id);
        QCOMPARE(out + decoder.finish(), std::string("  two spaces"));
    }

  private:
    static void namesOfStreams() {
        QTest::addColumn<QString>("name");
        for (const char* name : golden::tokenizerNames) {
            if (!QByteArray(name).endsWith("-slow")) QTest::newRow(name) << name;
        }
    }
};

QTEST_GUILESS_MAIN(StreamDecoderTest)
#include "stream_decoder_test.moc"
