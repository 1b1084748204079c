#include "core/language/sampler.h"

#include <cmath>
#include <map>
#include <set>

#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Sampler;
using language::SamplingOptions;

namespace {

SamplingOptions optionsOf(const nlohmann::json& settings) {
    SamplingOptions options;
    options.sample = true;
    options.temperature = settings.value("temperature", 1.0);
    options.topK = settings.value("top_k", 0);
    options.topP = settings.value("top_p", 1.0);
    options.minP = settings.value("min_p", 0.0);
    options.repetitionPenalty = settings.value("repetition_penalty", 1.0);
    options.noRepeatNgram = settings.value("no_repeat_ngram_size", 0);
    return options;
}

std::vector<float> processed(std::vector<float> scores, const std::vector<int64_t>& history,
                             const SamplingOptions& options) {
    language::processScores(scores, history, options);
    return scores;
}

int kept(const std::vector<float>& scores) {
    return static_cast<int>(std::count_if(scores.begin(), scores.end(), [](float s) { return std::isfinite(s); }));
}

}  // namespace

class SamplerTest : public QObject {
    Q_OBJECT

  private slots:
    void scoresAndKeptSetsAreTheRecordedOnes_data() {
        QTest::addColumn<int>("index");
        const auto cases = files::readJson(golden::folder("sampling") / "expected.json").at("cases");
        for (int i = 0; i < static_cast<int>(cases.size()); ++i)
            QTest::addRow("%d %s", i, cases[static_cast<size_t>(i)].at("settings").dump().c_str()) << i;
    }
    void scoresAndKeptSetsAreTheRecordedOnes() {
        QFETCH(int, index);
        const auto recorded =
            files::readJson(golden::folder("sampling") / "expected.json").at("cases")[static_cast<size_t>(index)];
        const golden::Tensors inputs(golden::folder("sampling") / "inputs.safetensors");
        const golden::Tensors expected(golden::folder("sampling") / "expected.safetensors");
        const SamplingOptions options = optionsOf(recorded.at("settings"));
        const Tensor logits = inputs["logits"];
        const std::string name = std::to_string(recorded.at("index").get<int>());
        for (int64_t row = 0; row < logits.size(0); ++row) {
            Tensor scores = logits[row].clone();
            const Tensor ids = inputs["input_ids"][row].to(c10::kLong).contiguous();
            language::processScores({scores.data_ptr<float>(), static_cast<size_t>(scores.numel())},
                                    {ids.data_ptr<int64_t>(), static_cast<size_t>(ids.numel())}, options);
            const Tensor wanted = expected[name + ".scores"][row];
            QVERIFY(at::equal(scores.isfinite(), wanted.isfinite()));
            QCOMPARE(scores.isfinite().sum().item<int>(), recorded.at("kept")[static_cast<size_t>(row)].get<int>());
            const double difference = (scores.softmax(0) - expected[name + ".probs"][row]).abs().max().item<double>();
            QVERIFY2(difference <= 1e-6, qPrintable(QString::number(difference)));
        }
    }

    void greedyTakesTheFirstOfEqualScores() {
        Sampler sampler({});
        QCOMPARE(sampler.choose(at::tensor({0.0f, 2.0f, 2.0f, 1.0f}), {}).id, 1);
    }

    void temperatureZeroIsGreedy() {
        SamplingOptions options;
        options.sample = true;
        options.temperature = 0;
        Sampler sampler(options);
        for (int i = 0; i < 20; ++i) QCOMPARE(sampler.choose(at::tensor({0.5f, 0.6f, 0.4f}), {}).id, 1);
    }

    void logProbabilitiesAreTheModelsOwn() {
        SamplingOptions options;
        options.sample = true;
        options.temperature = 0.1;
        options.topK = 1;
        Sampler sampler(options);
        const auto choice = sampler.choose(at::tensor({1.0f, 3.0f, 2.0f}), {}, 2);
        const double sum = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
        QCOMPARE(choice.id, 1);
        QVERIFY(std::abs(choice.logProbability - (3.0 - std::log(sum))) < 1e-6);
        QCOMPARE(choice.alternatives.size(), size_t{2});
        QCOMPARE(choice.alternatives[0].id, 1);
        QCOMPARE(choice.alternatives[1].id, 2);
        QVERIFY(std::abs(choice.alternatives[1].logProbability - (2.0 - std::log(sum))) < 1e-6);
    }

    void sameSeedGivesTheSameDraws() {
        SamplingOptions options;
        options.sample = true;
        options.seed = 42;
        Sampler one(options), two(options);
        options.seed = 43;
        Sampler other(options);
        const Tensor logits = at::zeros({50});
        std::vector<int64_t> a, b, c;
        for (int i = 0; i < 64; ++i) {
            a.push_back(one.choose(logits, {}).id);
            b.push_back(two.choose(logits, {}).id);
            c.push_back(other.choose(logits, {}).id);
        }
        QCOMPARE(a, b);
        QVERIFY(a != c);
        QCOMPARE(a[0], 37);  // the stream is the standard's and does not change between machines
    }

    void drawsFollowTheProbabilities() {
        SamplingOptions options;
        options.sample = true;
        options.seed = 7;
        Sampler sampler(options);
        const std::vector<float> probabilities{0.5f, 0.25f, 0.125f, 0.125f};
        const Tensor logits = at::tensor(probabilities).log();
        std::map<int64_t, int> counts;
        constexpr int draws = 20000;
        for (int i = 0; i < draws; ++i) ++counts[sampler.choose(logits, {}).id];
        double chiSquare = 0;
        for (size_t i = 0; i < probabilities.size(); ++i) {
            const double wanted = draws * static_cast<double>(probabilities[i]);
            chiSquare += std::pow(counts[static_cast<int64_t>(i)] - wanted, 2) / wanted;
        }
        QVERIFY2(chiSquare < 16.3, qPrintable(QString::number(chiSquare)));  // one in a thousand with three degrees
    }

    void topPKeepsTheTokenThatCrosses() {
        SamplingOptions options;
        options.sample = true;
        const std::vector<float> scores{std::log(0.5f), std::log(0.3f), std::log(0.2f)};
        for (const auto& [p, count] : {std::pair{0.4, 1}, {0.6, 2}, {0.79, 2}, {0.81, 3}}) {
            options.topP = p;
            QCOMPARE(kept(processed(scores, {}, options)), count);
        }
    }

    void noRunOfIdsComesTwice() {
        SamplingOptions options;
        options.noRepeatNgram = 3;
        const auto scores = processed(std::vector<float>(6, 1.0f), {1, 2, 3, 5, 1, 2}, options);
        QVERIFY(std::isinf(scores[3]));
        QCOMPARE(kept(scores), 5);
        options.noRepeatNgram = 1;
        QCOMPARE(kept(processed(std::vector<float>(6, 1.0f), {1, 2, 3, 5, 1, 2}, options)), 2);
        options.noRepeatNgram = 9;
        QCOMPARE(kept(processed(std::vector<float>(6, 1.0f), {1, 2}, options)), 6);
    }

    void idsOutsideTheVocabularyArePassedOver() {
        SamplingOptions options;
        options.repetitionPenalty = 2.0;
        options.noRepeatNgram = 2;
        const auto scores = processed({2.0f, -2.0f}, {-200, 9, -200, 9, -200, 1}, options);
        QCOMPARE(scores[0], 2.0f);
        QCOMPARE(scores[1], -4.0f);
    }

    void refusesOptionsOutOfRange_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<double>("value");
        QTest::newRow("negative temperature") << "temperature" << -0.1;
        QTest::newRow("infinite temperature") << "temperature" << HUGE_VAL;
        QTest::newRow("temperature that is no number") << "temperature" << std::nan("");
        QTest::newRow("top-k") << "top_k" << -1.0;
        QTest::newRow("top-p of 0") << "top_p" << 0.0;
        QTest::newRow("top-p above 1") << "top_p" << 1.01;
        QTest::newRow("min-p above 1") << "min_p" << 1.5;
        QTest::newRow("penalty of 0") << "repetition_penalty" << 0.0;
        QTest::newRow("n-gram") << "no_repeat_ngram_size" << -2.0;
    }
    void refusesOptionsOutOfRange() {
        QFETCH(QString, name);
        QFETCH(double, value);
        SamplingOptions options;
        if (name == "temperature") options.temperature = value;
        if (name == "top_k") options.topK = static_cast<int64_t>(value);
        if (name == "top_p") options.topP = value;
        if (name == "min_p") options.minP = value;
        if (name == "repetition_penalty") options.repetitionPenalty = value;
        if (name == "no_repeat_ngram_size") options.noRepeatNgram = static_cast<int64_t>(value);
        QVERIFY_THROWS_EXCEPTION(Error, Sampler{options});
    }
};

QTEST_GUILESS_MAIN(SamplerTest)
#include "sampler_test.moc"
