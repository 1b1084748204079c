#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/engine/benchmark_steps.h"
#include "core/files/error.h"
#include "core/files/output_file.h"

using namespace fusionscope;
using engine::BenchmarkSteps;

namespace {

engine::BenchmarkOptions few() {
    engine::BenchmarkOptions options;
    options.load.precision = engine::Precision::Fp32;
    options.load.threads = 1;
    options.context = 20;
    options.decodeTokens = 2;
    return options;
}

}  // namespace

/// A model's steps are measured when they are asked for, in any order.
class Steps : public QObject {
    Q_OBJECT

    static std::filesystem::path source(const char* path) { return std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / path; }

  private slots:
    void everyStepCanBeTakenFirst_data() {
        QTest::addColumn<QString>("step");
        for (const char* step : {"decode", "encode", "encode-four", "first-token", "prefill", "second-question"})
            QTest::newRow(step) << step;
    }
    void everyStepCanBeTakenFirst() {
        QFETCH(QString, step);
        BenchmarkSteps steps(source("models/nano"), few());
        QVERIFY(std::ranges::count(steps.names(), step.toStdString()) == 1);
        for (int i = 0; i < 2; ++i) QVERIFY(steps.seconds(step.toStdString()) > 0);
        QVERIFY(steps.residentBefore() > 0);
        QCOMPARE(steps.report().family, std::string("florence-vl"));
    }

    void aLanguageModelHasNoPictures() {
        BenchmarkSteps steps(source("tests/golden/llama/llama3-untied-sharded/model"), few());
        QCOMPARE(steps.names(), (std::vector<std::string>{"decode", "prefill"}));
        QVERIFY_EXCEPTION_THROWN(steps.seconds("encode"), Error);
        QVERIFY_EXCEPTION_THROWN(steps.phases(""), Error);
    }

    void decodingReadsItsWeights() {
        BenchmarkSteps steps(source("models/nano"), few());
        const auto phases = steps.phases("decode");
        double bytes = 0, seconds = 0;
        for (const auto& phase : phases) {
            bytes += phase.bytes;
            seconds += phase.seconds;
        }
        QVERIFY(bytes > 0);
        QVERIFY(seconds > 0);
        const auto whole = steps.phases("encode");
        QVERIFY(std::ranges::any_of(whole, [](const auto& phase) { return phase.name.starts_with("tower/davit/stage0 / "); }));
        QVERIFY(std::ranges::any_of(whole, [](const auto& phase) { return phase.operations > 0; }));
    }

    void scoresOfTextsAreTheSameReadAtOnceAndTokenByToken() {
        const QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        auto options = few();
        options.texts = root / "texts.json";
        options.scores = root / "scores";
        files::writeText(options.texts, R"([{"prompt": [1, 5, 9], "answer": [7, 8, 2, 11]}, {"prompt": [4], "answer": [6]}])");
        BenchmarkSteps steps(source("tests/golden/llama/llama3-untied-sharded/model"), options);
        std::vector<std::vector<float>> found;
        for (const char* step : {"read-texts", "answer-texts"}) {
            QVERIFY(steps.seconds(step) > 0);
            auto& scores = found.emplace_back(std::filesystem::file_size(options.scores) / sizeof(float));
            std::ifstream(options.scores, std::ios::binary).read(reinterpret_cast<char*>(scores.data()), static_cast<std::streamsize>(scores.size() * sizeof(float)));
            std::filesystem::remove(options.scores);
        }
        QCOMPARE(found[0].size(), found[1].size());
        QVERIFY(found[0].size() > 0 && found[0].size() % 5 == 0);  // tokens of both answers
        QVERIFY(std::ranges::any_of(found[0], [](float score) { return std::abs(score) > 0.01f; }));
        for (size_t i = 0; i < found[0].size(); ++i) QVERIFY(std::abs(found[0][i] - found[1][i]) < 1e-4f);
    }

    void textsThatNobodyCanReadAreRefused_data() {
        QTest::addColumn<QByteArray>("texts");
        QTest::addColumn<QString>("problem");
        QTest::newRow("no list") << QByteArray("{}") << "no list";
        QTest::newRow("none") << QByteArray("[]") << "no list";
        QTest::newRow("number") << QByteArray("[7]") << "expected an object";
        QTest::newRow("no prompt") << QByteArray(R"([{"answer": [1]}])") << "prompt";
        QTest::newRow("no answer") << QByteArray(R"([{"prompt": [1], "answer": []}])") << "answer";
        QTest::newRow("words") << QByteArray(R"([{"prompt": ["the"], "answer": [1]}])") << "prompt";
        QTest::newRow("unknown token") << QByteArray(R"([{"prompt": [1], "answer": [99999999, 1]}])") << "99999999";
        QTest::newRow("negative token") << QByteArray(R"([{"prompt": [-1], "answer": [1]}])") << "-1";
        QTest::newRow("long") << QByteArray(R"([{"prompt": [1)") + QByteArray(",1").repeated(1024) + R"(], "answer": [1]}])" << "1024";
    }
    void textsThatNobodyCanReadAreRefused() {
        QFETCH(QByteArray, texts);
        QFETCH(QString, problem);
        const QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        auto options = few();
        options.texts = root / "texts.json";
        options.scores = root / "scores";
        files::writeText(options.texts, texts.toStdString());
        try {
            BenchmarkSteps steps(source("tests/golden/llama/llama3-untied-sharded/model"), options);
            steps.seconds("read-texts");
            QFAIL("was read");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(problem), error.what());
        }
        QVERIFY(!std::filesystem::exists(options.scores));
    }

    void aStoppedStepThrows() {
        BenchmarkSteps steps(source("models/nano"), few());
        std::stop_source source;
        source.request_stop();
        for (const auto& name : steps.names()) QVERIFY_EXCEPTION_THROWN(steps.seconds(name, {source.get_token(), {}}), Stopped);
        for (const auto& name : steps.names()) QVERIFY(steps.seconds(name) > 0);
    }
};

QTEST_GUILESS_MAIN(Steps)
#include "benchmark_steps_test.moc"
