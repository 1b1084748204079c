#include <QtTest>
#include <algorithm>

#include "core/engine/benchmark_steps.h"
#include "core/files/error.h"

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
