#include <ATen/ATen.h>

#include <QtTest>

#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "core/models/florence_vl.h"
#include "core/models/registry.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;

/// The bundled model against the figures recorded when it was trained.
class NanoTest : public QObject {
    Q_OBJECT

  private:
    static constexpr double clearMargin = 0.05;  ///< below it, rounding may decide between two ids
    golden::Tensors m_expected{"nano/tensors.safetensors"};
    const nlohmann::json m_cases = golden::json("nano/cases.json");
    const files::ModelFolder m_folder = files::ModelFolder::open(golden::nano());
    std::unique_ptr<models::FlorenceVl> m_model;

    models::PictureTensors picture() { return {m_expected["0.pixel_values"], {}}; }
    double difference(const at::Tensor& actual, const std::string& name) {
        return (actual - m_expected[name]).abs().max().item<double>();
    }

  private slots:
    void initTestCase() { m_model = models::FlorenceVl::load(m_folder, {}); }

    void loadsAsFlorenceVlWithEveryTensorUsed() {
        nn::WeightOptions options;
        options.report = std::make_shared<nn::WeightReport>();
        const auto loaded = models::loadModel(m_folder, options);
        QCOMPARE(loaded.family, std::string("florence-vl"));
        QVERIFY(loaded.visionLanguage() && loaded.decoder() && !loaded.florence2());
        for (const auto& name : options.report->present) QVERIFY2(options.report->used.contains(name), name.c_str());
        QVERIFY(options.report->problems.empty());
    }

    void takesItsSettingsFromItsConfiguration() {
        QCOMPARE(m_model->config().imageSide, 256);
        QCOMPARE(m_model->longestPrompt(), 1024);
        QCOMPARE(m_model->config().prompts[0][1], 466);
        QCOMPARE(m_model->visualTokens({}, m_model->defaultOptions()), 64);
    }

    void featuresMatchTheRecordedOnes() {
        inspect::Trace trace({"tower/image", "fusion/concat"});
        nn::Pass pass;
        pass.recorder = &trace;
        const auto projected = m_model->encodeBatch({picture()}, m_model->defaultOptions(), pass);
        QVERIFY(difference(trace.activation("tower/image").values, "0.V") < 1e-3);
        QVERIFY(difference(trace.activation("fusion/concat").values, "0.fused") < 1e-3);
        QVERIFY(difference(projected, "0.projected") < 1e-3);
    }

    void answersMatchTheRecordedOnesWhereTheyAreClear() {
        const auto visual = m_model->encode(picture(), m_model->defaultOptions(), {});
        bool first = true;
        for (const auto& turn : m_cases.at("cases")[0].at("turns")) {
            const auto prompt = m_model->splice(turn.at("prompt_ids").get<std::vector<int64_t>>(), {visual});
            if (first) {
                const auto hidden = m_model->decoder().hidden(prompt, at::Tensor(), nn::Pass());
                QVERIFY(difference(m_model->decoder().lastLogits(hidden)[0], "0.first_logits") < 2e-2);
            }
            first = false;
            auto cache = m_model->decoder().newCache();
            language::GenerationOptions options;
            options.maxNewTokens = 96;
            options.stopIds = {2};
            const auto found = language::generate(m_model->decoder(), cache, prompt, {}, options, {});
            const auto expected = turn.at("output_ids").get<std::vector<int64_t>>();
            const auto margins = turn.at("margins").get<std::vector<double>>();
            for (size_t i = 0; i < expected.size() && margins[i] > clearMargin; ++i)
                QVERIFY(i < found.ids.size() && found.ids[i] == expected[i]);
        }
    }

    void towerWritesTheRecordedTexts() {
        const auto florence = models::Florence2::load(m_folder, {});
        QCOMPARE(florence->imageSide(), 256);
        for (const auto& [name, entry] : m_cases.at("cases")[0].at("florence").items()) {
            const auto encoded = florence->encode(picture(), entry.at("prompt_ids").get<std::vector<int64_t>>(), {});
            auto options = florence->defaults();
            options.maxNewTokens = 120;
            auto ids = florence->generate(encoded, options, {}).ids;
            const auto expected = entry.at("output_ids").get<std::vector<int64_t>>();
            ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(std::min(ids.size(), expected.size())));
            QVERIFY2(ids == expected, name.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(NanoTest)
#include "nano_test.moc"
