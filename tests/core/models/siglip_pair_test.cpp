#include "core/models/siglip_pair.h"

#include <QtTest>

#include "core/inspect/trace.h"
#include "core/models/registry.h"
#include "tests/core/models/checkpoint_copy.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using models::SiglipPair;

namespace {

constexpr double tolerance = 1e-4;  // absolute, as the reference states it

std::unique_ptr<SiglipPair> loaded(const nn::WeightOptions& options = {}) {
    return SiglipPair::load(files::ModelFolder::open(golden::path("siglip/siglip-odd-grid/model")), options);
}

}  // namespace

/// SigLIP with both towers, against the reference.
class SiglipPairTest : public QObject {
    Q_OBJECT

    golden::Tensors m_inputs{"siglip/siglip-odd-grid/inputs.safetensors"};
    golden::Tensors m_expected{"siglip/siglip-odd-grid/expected.safetensors"};

  private slots:
    void textsEqualTheReference() {
        const auto pair = loaded();
        inspect::Trace trace({"*"});
        nn::Pass pass;
        pass.recorder = &trace;
        const auto texts = pair->text(m_inputs["text_input_ids"], pass);
        COMPARE_WITHIN(tolerance, "states", trace.activation("text/norm").values, m_expected["text.last_hidden_state"]);
        COMPARE_WITHIN(tolerance, "pooled", texts, m_expected["text.pooler_output"]);
        COMPARE_WITHIN(tolerance, "embedding", texts / texts.norm(2, {-1}, true), m_expected["text.text_embeds"]);
        for (const auto* name : {"text/embed", "text/layer0", "text/pooled"}) QVERIFY(trace.has(name));
    }

    void picturesAndLogitsEqualTheReference() {
        const auto pair = loaded();
        const auto pictures = pair->pooled(pair->encode(m_inputs["pixel_values"], {}));
        COMPARE_WITHIN(tolerance, "pooled", pictures, m_expected["square.pooler_output"]);
        COMPARE_WITHIN(tolerance, "embedding", pictures / pictures.norm(2, {-1}, true), m_expected["text.image_embeds"]);
        COMPARE_WITHIN(tolerance, "logits", pair->logits(pictures, pair->text(m_inputs["text_input_ids"], {})),
                       m_expected["text.logits_per_image"]);
    }

    void rawTensorsRunBothTowers() {
        const auto model = models::loadModel(files::ModelFolder::open(golden::path("siglip/siglip-odd-grid/model")), {});
        QVERIFY(model.siglip() && !model.visionLanguage() && !model.decoder());
        inspect::Trace trace({"*"});
        nn::Pass pass;
        pass.recorder = &trace;
        models::RawTensors raw;
        raw.pixels = m_inputs["pixel_values"];
        raw.ids = m_inputs["text_input_ids"];
        models::runRaw(model, raw, {}, pass);
        COMPARE_WITHIN(tolerance, "logits", trace.activation("logits").values, m_expected["text.logits_per_image"]);
        COMPARE_WITHIN(tolerance, "pooled", trace.activation("tower/siglip/pooled").values, m_expected["square.pooler_output"]);
        for (const auto& info : model.siglip()->activations()) QVERIFY2(trace.has(info.name), info.name.c_str());
    }

    /// A picture of one patch is that patch: pooling looks at it alone.
    void aPatchMeansWhatAPictureOfItAloneWould() {
        const auto pair = loaded();
        const auto patches = pair->encode(m_inputs["pixel_values"], {});
        const auto meanings = pair->patchMeanings(patches);
        QCOMPARE(meanings.sizes(), patches.sizes());
        for (const int patch : {0, 11, 48})
            COMPARE_WITHIN(1e-5, concat("patch ", patch), meanings[1][patch],
                           pair->pooled(patches.narrow(0, 1, 1).narrow(1, patch, 1))[0]);
    }

    void runsOnTheMetaDevice() {
        nn::WeightOptions options;
        options.device = c10::kMeta;
        const auto pair = loaded(options);
        const auto patches = pair->encode(at::empty({2, 3, 46, 46}), {});
        QCOMPARE(patches.sizes(), (at::IntArrayRef{2, 49, 48}));
        QCOMPARE(pair->pooled(patches).sizes(), (at::IntArrayRef{2, 48}));
    }

    void refusesConfigurationsThatDoNotFit_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* patch, const char* word) { QTest::newRow(patch) << patch << word; };
        row(R"({"text_config": {"vocab_size": 71}})", "token_embedding");
        row(R"({"text_config": {"vocab_size": 0}})", "vocab_size");
        row(R"({"text_config": {"max_position_embeddings": 1000000000}})", "max_position_embeddings");
        row(R"({"text_config": {"max_position_embeddings": 12}})", "position_embedding");
        row(R"({"text_config": {"projection_size": 40}})", "cannot be compared");
        row(R"({"text_config": {"num_attention_heads": 5}})", "num_attention_heads");
        row(R"({"text_config": {"num_hidden_layers": 2}})", "layers.1");
        row(R"({"text_config": {"hidden_act": "relu"}})", "hidden_act");
        row(R"({"vision_config": {"image_size": 5}})", "patch_size");
        row(R"({"vision_config": {"image_size": 60}})", "position_embedding");
        row(R"({"vision_config": {"hidden_size": 0}})", "hidden_size");
    }
    void refusesConfigurationsThatDoNotFit() {
        QFETCH(QString, patch);
        QFETCH(QString, word);
        const golden::CheckpointCopy checkpoint("siglip/siglip-odd-grid/model");
        checkpoint.edit("config.json", [&](nlohmann::json& config) { config.merge_patch(nlohmann::json::parse(patch.toStdString())); });
        try {
            models::loadModel(files::ModelFolder::open(checkpoint.root()), {});
            QFAIL("was accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(word), error.what());
        }
    }

    void refusesIdsOutsideOfItsTexts() {
        const auto pair = loaded();
        QVERIFY_THROWS_EXCEPTION(Error, pair->text(at::full({1, 3}, 70, at::kLong), {}));
        QVERIFY_THROWS_EXCEPTION(Error, pair->text(at::full({1, 3}, -1, at::kLong), {}));
        QVERIFY_THROWS_EXCEPTION(Error, pair->text(at::zeros({1, 12}, at::kLong), {}));
        QVERIFY_THROWS_EXCEPTION(Error, pair->encode(at::zeros({1, 3, 45, 46}), {}));
    }
};

QTEST_GUILESS_MAIN(SiglipPairTest)
#include "siglip_pair_test.moc"
