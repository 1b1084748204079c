#include "core/models/florence_post_processing.h"

#include <ATen/ATen.h>

#include <QElapsedTimer>
#include <QtTest>

#include "core/files/error.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using namespace fusionscope::models;

namespace {

/// Texts of ids in the small test tokenizer: byte-level pieces, then the tokens that Florence-2's processor adds.
std::vector<std::string> pieces(const std::vector<int64_t>& ids) {
    const auto vocabulary = golden::json("florence2/tiny-a/model/vocab.json");
    std::map<int64_t, std::string> texts;
    for (const auto& [text, id] : vocabulary.items())
        texts[id.get<int64_t>()] = QString::fromStdString(text).replace(QChar(0x120), ' ').toStdString();
    const auto base = static_cast<int64_t>(vocabulary.size());
    for (int64_t bin = 0; bin < 1000; ++bin) texts[base + 4 + bin] = concat("<loc_", bin, ">");
    std::vector<std::string> found;
    for (const int64_t id : ids) found.push_back(texts.at(id));
    return found;
}

PictureSize size(const nlohmann::json& json) {
    return {json[0].get<int64_t>(), json[1].get<int64_t>()};
}

}  // namespace

class FlorencePostProcessingTest : public QObject {
    Q_OBJECT

  private:
    const nlohmann::json m_golden = golden::json("florence2/post_processing.json");

  private slots:
    void answersEqualTheReferences() {
        QCOMPARE(m_golden.at("cases").size(), size_t{118});
        for (const auto& entry : m_golden.at("cases"))
            for (const auto dialect : {FlorenceDialect::Original, FlorenceDialect::Native}) {
                const auto& task = florenceTask(entry.at("task").get<std::string>());
                const auto answer = readFlorenceAnswer(task, entry.at("text").get<std::string>(),
                                                       size(entry.at("image_size")), dialect);
                const auto& expected = entry.at(dialect == FlorenceDialect::Original ? "original" : "native");
                QVERIFY2(answer.json() == expected,
                         concat(entry.at("task"), " ", entry.at("text"), "\n", answer.json(), "\nexpected\n", expected)
                             .c_str());
            }
    }

    void binsEqualTheReferences() {
        for (const auto& entry : m_golden.at("quantiser")) {
            const LocationBins bins{size(entry.at("size"))};
            for (size_t i = 0; i < entry.at("boxes").size(); ++i)
                for (size_t j = 0; j < 4; ++j) {
                    const double coordinate = entry.at("boxes")[i][j];
                    const int64_t bin = j % 2 == 0 ? bins.binX(coordinate) : bins.binY(coordinate);
                    QCOMPARE(bin, entry.at("bins")[i][j].get<int64_t>());
                    QCOMPARE(static_cast<double>(j % 2 == 0 ? bins.x(bin) : bins.y(bin)),
                             entry.at("dequantised")[i][j].get<double>());
                }
        }
    }

    void scoresEqualTheReferences() {
        for (const auto& entry : m_golden.at("scored")) {
            auto ids = entry.at("sequence").get<std::vector<int64_t>>();
            ids.erase(ids.begin());
            const auto answer =
                readFlorenceAnswerWithScores(florenceTask(entry.at("task").get<std::string>()), pieces(ids),
                                             entry.at("log_probabilities_of_tokens_1_to_n").get<std::vector<double>>(),
                                             size(entry.at("image_size")));
            auto actual = answer.json(), expected = entry.at("original");
            const auto marker = entry.at("task").get<std::string>();
            const auto& scores = expected.at(marker).at("scores");
            QCOMPARE(actual.at(marker).at("scores").size(), scores.size());
            for (size_t i = 0; i < scores.size(); ++i)
                QVERIFY(std::abs(actual.at(marker).at("scores")[i].get<double>() - scores[i].get<double>()) < 1e-6);
            actual.at(marker).erase("scores");
            expected.at(marker).erase("scores");
            QCOMPARE(QString::fromStdString(actual.dump()), QString::fromStdString(expected.dump()));
        }
    }

    void tasksAnswerToTheirNames() {
        QCOMPARE(florenceTasks().size(), size_t{15});
        QVERIFY(florenceTask("od").marker == "<OD>");
        QVERIFY(florenceTask("<Region_Proposal>").marker == "<REGION_PROPOSAL>");
        QVERIFY_THROWS_EXCEPTION(Error, florenceTask("<NOTHING>"));
    }

    void promptsHoldThePersonsText() {
        for (const auto& entry : golden::json("florence2/tiny-a/expected.json").at("prompts")) {
            const auto whole = entry.at("prompt").get<std::string>();
            const auto end = whole.find('>') + 1;
            QCOMPARE(florencePrompt(florenceTask(whole.substr(0, end)), whole.substr(end)),
                     entry.at("text").get<std::string>());
        }
        QVERIFY_THROWS_EXCEPTION(Error, florencePrompt(florenceTask("OD"), "dog"));
        QVERIFY_THROWS_EXCEPTION(Error, florencePrompt(florenceTask("REGION_TO_OCR"), ""));
    }

    void hostileTextsAreReadQuickly_data() {
        QTest::addColumn<QByteArray>("text");
        const int many = 200'000;
        QTest::newRow("open brackets") << QByteArray(1 << 20, '<');
        QTest::newRow("three tokens again and again") << QByteArray("a<loc_1><loc_2><loc_3>").repeated(many / 4);
        QTest::newRow("only tokens") << QByteArray("<loc_1>").repeated(many);
        QTest::newRow("one huge number") << "a<loc_" + QByteArray(1 << 20, '9') + "><loc_1><loc_1><loc_1>";
        QTest::newRow("digits without an end") << QByteArray("<loc_9").repeated(many);
        QTest::newRow("polygon marks") << "x" + QByteArray("<poly>").repeated(many) + "</poly>";
        QTest::newRow("separators") << QByteArray("<sep>").repeated(many);
        QTest::newRow("letters") << QByteArray(1 << 20, 'x');
        QTest::newRow("line breaks") << QByteArray(1 << 20, '\n');
        QTest::newRow("broken UTF-8") << QByteArray(1 << 20, '\xE2') + "<loc_1><loc_2><loc_3><loc_4>";
        QTest::newRow("NUL") << QByteArray(1 << 20, '\0');
    }
    void hostileTextsAreReadQuickly() {
        QFETCH(QByteArray, text);
        for (const auto& task : florenceTasks()) {
            QElapsedTimer timer;
            timer.start();
            for (const auto dialect : {FlorenceDialect::Original, FlorenceDialect::Native})
                readFlorenceAnswer(task, std::string_view(text.data(), static_cast<size_t>(text.size())), {640, 480},
                                   dialect);
            QVERIFY2(timer.elapsed() < 1000, task.marker.data());
        }
    }
};

QTEST_GUILESS_MAIN(FlorencePostProcessingTest)
#include "florence_post_processing_test.moc"
