#include "core/models/florence2.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QtTest>

#include "core/files/error.h"
#include "core/inspect/trace.h"
#include "core/models/florence_folder.h"
#include "core/models/florence_names.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using models::Florence2;

namespace {

const std::vector<std::string> keys = {"CAPTION", "DETAILED_CAPTION", "OCR_WITH_REGION", "OD", "PHRASE", "REGION"};

std::unique_ptr<Florence2> load(const std::string& layout, c10::ScalarType type = c10::kFloat,
                                c10::Device device = c10::kCPU) {
    const auto folder = files::ModelFolder::open(golden::path("florence2/tiny-a/" + layout));
    nn::WeightOptions options;
    options.compute = type;
    options.device = device;
    return Florence2::load(folder, options);
}

/// The search settings of one of the reference's modes over a checkpoint's own.
language::SequenceOptions mode(const std::string& name, language::SequenceOptions options, int64_t maxNewTokens) {
    options.maxNewTokens = maxNewTokens;
    if (name.starts_with("greedy")) {
        options.beams = 1;
        options.earlyStopping = language::EarlyStopping::No;
    }
    if (name == "greedy_no_ngram") options.noRepeatNgram = 0;
    if (name == "beam3_no_early_stop") options.earlyStopping = language::EarlyStopping::No;
    if (name == "beam3_length_penalty_2") options.lengthPenalty = 2;
    return options;
}

void addLayouts() {
    QTest::addColumn<QString>("layout");
    for (const auto* layout : {"model", "model-fp16-sharded", "model-bf16-bin", "model-native"})
        QTest::newRow(layout) << layout;
}

}  // namespace

class Florence2Test : public QObject {
    Q_OBJECT

  private:
    golden::Tensors m_inputs{"florence2/tiny-a/inputs.safetensors"};
    golden::Tensors m_expected{"florence2/tiny-a/expected.safetensors"};
    const nlohmann::json m_cases = golden::json("florence2/tiny-a/expected.json");

    models::PictureTensors firstPicture() { return {m_inputs["pixel_values"].narrow(0, 0, 1), {}}; }

  private slots:
    void backboneMatchesReference_data() { addLayouts(); }
    void backboneMatchesReference() {
        QFETCH(QString, layout);
        const auto model = load(layout.toStdString());
        const auto& stages = model->tower().davit().stages();
        vision::TokenGrid grid;
        for (size_t i = 0; i < stages.size(); ++i) {
            const auto name = concat("davit.stage", i);
            grid = i == 0 ? stages[i].embedPixels(m_inputs["pixel_values"]) : stages[i].embed(grid);
            COMPARE_TENSOR(name, grid.tokens, m_expected[name + ".embed"]);
            for (size_t j = 0; j < stages[i].blocks().size(); ++j) {
                const auto& block = stages[i].blocks()[j];
                grid = block.spatial(grid);
                if (j == 0) COMPARE_TENSOR(name + " spatial", grid.tokens, m_expected[name + ".block0.spatial"]);
                grid = block.channel(grid);
                if (j == 0) COMPARE_TENSOR(name + " channel", grid.tokens, m_expected[name + ".block0.channel"]);
            }
            COMPARE_TENSOR(name, grid.tokens, m_expected[name + ".out"]);
        }
        const auto& projection = model->tower().projection();
        const at::Tensor placed = projection.withPositions(grid), pooled = projection.withPooled(placed);
        COMPARE_TENSOR("positions", projection.positions(3, 3), m_expected["projector.pos_embed"]);
        COMPARE_TENSOR("temporal", projection.temporal(), m_expected["projector.temporal_embed"]);
        COMPARE_TENSOR("placed", placed, m_expected["projector.position_added"]);
        COMPARE_TENSOR("pooled", pooled, m_expected["projector.concat"]);
        COMPARE_TENSOR("projected", projection.project(pooled), m_expected["projector.linear"]);
        COMPARE_TENSOR("V", projection(grid), m_expected["image_features"]);
    }

    void languageModelMatchesReference_data() { addLayouts(); }
    void languageModelMatchesReference() {
        QFETCH(QString, layout);
        const auto model = load(layout.toStdString());
        const at::Tensor image = m_expected["image_features"].narrow(0, 0, 1);
        for (const auto& key : keys) {
            const at::Tensor ids = m_inputs[key + ".input_ids"];
            COMPARE_TENSOR(key, model->tower().embed(image, ids), m_expected[key + ".inputs_embeds"]);
            std::vector<at::Tensor> hidden;
            const at::Tensor encoded = model->tower().encode(
                image, ids, {}, {}, [&](int64_t, const at::Tensor& state) { hidden.push_back(state); });
            for (size_t i = 0; i < hidden.size(); ++i) {
                const auto name = concat(key, ".encoder.hidden.", i);
                COMPARE_TENSOR(name, hidden[i], m_expected[name]);
            }
            const at::Tensor forced = m_inputs["decoder_input_ids"];
            hidden.clear();
            const at::Tensor decoded = model->decoder()(
                forced, encoded, {}, {}, [&](int64_t, const at::Tensor& state) { hidden.push_back(state); });
            // The native layout has spare rows behind the vocabulary, and its own image token.
            const at::Tensor expected = m_expected[key + ".forced.logits"];
            COMPARE_TENSOR(key + " logits", model->decoder().logits(decoded).narrow(2, 0, expected.size(2)), expected);
            if (key != "CAPTION") continue;
            for (size_t i = 0; i < hidden.size(); ++i) {
                const auto name = concat(key, ".forced.decoder.hidden.", i);
                COMPARE_TENSOR(name, hidden[i], m_expected[name]);
            }
        }
    }

    void paddedPromptsMatchReference() {
        const auto model = load("model");
        const at::Tensor image = m_expected["image_features"].narrow(0, 0, 1), ids = m_inputs["padded.input_ids"];
        const at::Tensor mask = m_inputs["padded.attention_mask"].to(at::kBool);
        COMPARE_TENSOR("unmasked", model->tower().encode(image, ids, {}, {}),
                       m_expected["padded.encoder_last.unmasked"]);
        const at::Tensor masked = model->tower().encode(image, ids, mask, {});
        const at::Tensor expected = m_expected["padded.encoder_last.masked"];
        COMPARE_TENSOR("masked", masked, expected);
    }

    void stepsEqualTeacherForcing() {
        const auto model = load("model");
        const at::Tensor encoded = m_expected["OD.encoder.hidden.2"], forced = m_inputs["decoder_input_ids"];
        const auto steps = model->decoder().start(encoded, {}, forced.size(1));
        for (int64_t i = 0; i < forced.size(1); ++i) {
            const at::Tensor logits = steps->step({forced[0][i].item<int64_t>()}, {});
            COMPARE_TENSOR(concat("step ", i), logits[0], m_expected["OD.forced.logits"][0][i]);
        }
    }

    void generatesTheReferencesIds_data() { addLayouts(); }
    void generatesTheReferencesIds() {
        QFETCH(QString, layout);
        const auto model = load(layout.toStdString());
        QCOMPARE(model->defaults().beams, 3);
        QVERIFY(model->defaults().earlyStopping == language::EarlyStopping::Yes);
        int compared = 0;
        for (const auto& prompt : m_cases.at("prompts")) {
            const at::Tensor encoded =
                model->encode(firstPicture(), prompt.at("input_ids").get<std::vector<int64_t>>(), {});
            for (const auto* name :
                 {"greedy", "greedy_no_ngram", "beam3", "beam3_no_early_stop", "beam3_length_penalty_2"}) {
                const auto& expected = prompt.at(name);
                const auto options = mode(name, model->defaults(), m_cases.at("max_new_tokens"));
                const auto found = model->generate(encoded, options, {});
                QVERIFY2(found.ids == expected.at("ids").get<std::vector<int64_t>>(),
                         concat(prompt.at("key"), " ", name).c_str());
                QCOMPARE(found.ended, expected.at("ended_with_eos").get<bool>());
                QCOMPARE(found.logProbabilities.size() + 1, found.ids.size());
                if (expected.contains("score"))
                    QVERIFY(std::abs(found.score - expected.at("score").get<double>()) < 1e-4);
                ++compared;
            }
        }
        QCOMPARE(compared, 30);
    }

    void greedyTellsEachTokenAsItComes() {
        const auto model = load("model");
        const at::Tensor encoded = m_expected["CAPTION.encoder.hidden.2"];
        auto options = mode("greedy", model->defaults(), 20);
        std::vector<int64_t> told = {options.start};
        const auto found = model->generate(encoded, options, {}, [&](int64_t id, double) { told.push_back(id); });
        QVERIFY(told == found.ids);
    }

    void recordsLogitsOfWhatItGenerated() {
        const auto model = load("model");
        inspect::Trace trace({"tower/decoder/logits"});
        nn::Pass pass;
        pass.recorder = &trace;
        const auto found = model->generate(m_expected["CAPTION.encoder.hidden.2"], model->defaults(), pass);
        const auto& logits = trace.activation("tower/decoder/logits").values;
        QCOMPARE(logits.size(1), static_cast<int64_t>(found.ids.size()) - 1);
        const at::Tensor chances = logits[0].log_softmax(-1);
        for (size_t i = 1; i + 1 < found.logProbabilities.size(); ++i)  // the first id is forced
            QVERIFY(std::abs(chances[static_cast<int64_t>(i)][found.ids[i + 1]].item<double>() -
                             found.logProbabilities[i]) < 1e-4);
    }

    void runsOnRawTensorsUnderTheActivationNames() {
        const auto model = load("model");
        inspect::Trace trace({"*"});
        nn::Pass pass;
        pass.recorder = &trace;
        model->run({m_inputs["pixel_values"], m_inputs["OD.input_ids"], {}, m_inputs["decoder_input_ids"]}, pass);
        for (int i = 0; i < 4; ++i)
            COMPARE_TENSOR("stage", trace.activation(concat("tower/davit/stage", i)).values,
                           m_expected[concat("davit.stage", i, ".out")]);
        COMPARE_TENSOR("V", trace.activation("tower/image").values, m_expected["image_features"]);
        COMPARE_TENSOR("embed", trace.activation("tower/encoder/prompt/embed").values,
                       m_expected["OD.encoder.hidden.0"]);
        COMPARE_TENSOR("last", trace.activation("tower/encoder/prompt/layer1").values,
                       m_expected["OD.encoder.hidden.2"]);
        COMPARE_TENSOR("image", trace.activation("tower/encoder/prompt/image").values,
                       m_expected["OD.encoder.hidden.2"].narrow(1, 1, 9));
        COMPARE_TENSOR("logits", trace.activation("tower/decoder/logits").values, m_expected["OD.forced.logits"]);
    }

    void listsTheActivationsItRecords() {
        const auto model = load("model");
        inspect::Trace trace({"*"}, inspect::Trace::Keep::Shapes);
        nn::Pass pass;
        pass.recorder = &trace;
        model->encode(firstPicture(), golden::ids(m_inputs["OD.input_ids"]), pass);
        const auto listed = model->activations();
        QCOMPARE(listed.size(), trace.activations().size());
        for (const auto& info : listed) {
            QVERIFY2(trace.has(info.name), info.name.c_str());
            const auto& shape = trace.activation(info.name).shape;
            QVERIFY(info.firstPatch + info.shape[0] * info.shape[1] <= shape[1]);
            QCOMPARE(info.shape[2], shape[2]);
        }
    }

    void halfPrecisionStaysNear_data() {
        QTest::addColumn<int>("type");
        QTest::newRow("bf16") << static_cast<int>(c10::kBFloat16);
        QTest::newRow("fp16") << static_cast<int>(c10::kHalf);
    }
    void halfPrecisionStaysNear() {
        QFETCH(int, type);
        const auto model = load("model", static_cast<c10::ScalarType>(type));
        const at::Tensor encoded = model->encode(firstPicture(), golden::ids(m_inputs["OD.input_ids"]), {});
        QVERIFY(encoded.scalar_type() == static_cast<c10::ScalarType>(type));
        const at::Tensor expected = m_expected["OD.encoder.hidden.2"];
        const double ratio = (encoded.to(at::kFloat).norm() / expected.norm()).item<double>();
        QVERIFY2(std::abs(ratio - 1) < 0.02, concat("norm is ", ratio, " of the reference's").c_str());
    }

    void gradientsReachTheWeights() {
        auto table = files::ModelFolder::open(golden::path("florence2/tiny-a/model")).tensors();
        models::canonicalizeFlorenceNames(table, "");
        const auto folder = files::ModelFolder::open(golden::path("florence2/tiny-a/model"));
        const auto config = models::FlorenceConfig::read(folder.json("config.json"), table, "", "config.json");
        std::map<std::string, at::Tensor, std::less<>> parameters;
        nn::WeightStore stored(table, {});
        for (const auto& [name, entry] : table)
            parameters.emplace(name, stored.loadAsStored(name).clone().requires_grad_(true));
        const auto store = std::make_shared<nn::WeightStore>(parameters, nn::WeightOptions{});
        const Florence2 model(nn::Weights(store), config);
        const at::Tensor encoded = model.encode(firstPicture(), golden::ids(m_inputs["OD.input_ids"]), {});
        model.logits(m_inputs["decoder_input_ids"], encoded, {}, {}).square().mean().backward();
        for (const auto& [name, parameter] : parameters) {
            if (name.find("pos_idx_to_embed") != std::string::npos) continue;
            QVERIFY2(parameter.grad().defined() && parameter.grad().isfinite().all().item<bool>(), name.c_str());
        }
    }

    void runsOnTheMetaDevice() {
        const auto model = load("model", c10::kFloat, c10::kMeta);
        const models::PictureTensors picture{at::empty({1, 3, 96, 96}, at::kMeta), {}};
        const at::Tensor encoded = model->encode(picture, {0, 5, 6, 2}, {});
        QCOMPARE(encoded.sizes().vec(), (std::vector<int64_t>{1, 14, 32}));
        const at::Tensor logits =
            model->logits(at::zeros({1, 5}, at::dtype(at::kLong).device(at::kMeta)), encoded, {}, {});
        QCOMPARE(logits.sizes().vec(), (std::vector<int64_t>{1, 5, 1446}));
    }

    void threeRunsGiveTheSameBits() {
        const auto model = load("model");
        const auto ids = golden::ids(m_inputs["OD.input_ids"]);
        const at::Tensor first = model->encode(firstPicture(), ids, {});
        model->encode(firstPicture(), ids, {});
        QVERIFY(at::equal(first, model->encode(firstPicture(), ids, {})));
    }

    void threadsChangeNothing() {
        const auto model = load("model");
        const auto ids = golden::ids(m_inputs["OD.input_ids"]);
        const int before = at::get_num_threads();
        at::set_num_threads(1);
        const at::Tensor one = model->encode(firstPicture(), ids, {});
        at::set_num_threads(2);
        const at::Tensor two = model->encode(firstPicture(), ids, {});
        at::set_num_threads(before);
        QVERIFY((one - two).abs().max().item<double>() <= 1e-5);
    }

    void stopsWhenAsked() {
        const auto model = load("model");
        std::stop_source source;
        source.request_stop();
        nn::Pass pass;
        pass.stop = source.get_token();
        QVERIFY_THROWS_EXCEPTION(Stopped, model->encode(firstPicture(), {0, 5, 2}, pass));
        QVERIFY_THROWS_EXCEPTION(Stopped, model->generate(m_expected["OD.encoder.hidden.2"], model->defaults(), pass));
    }

    void refusesPicturesAndIdsThatDoNotFit() {
        const auto model = load("model");
        const auto encode = [&](const at::Tensor& pixels, const std::vector<int64_t>& ids) {
            return model->encode({pixels, 0, 0}, ids, {});
        };
        const at::Tensor pixels = m_inputs["pixel_values"].narrow(0, 0, 1);
        QVERIFY_THROWS_EXCEPTION(Error, encode(pixels, {}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(pixels, {0, 1446, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(pixels, {0, -1, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(pixels, std::vector<int64_t>(200, 5)));
        QVERIFY_THROWS_EXCEPTION(Error, encode(at::zeros({1, 1, 96, 96}), {0, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(at::zeros({1, 3, 1, 0}), {0, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(at::zeros({3, 96, 96}), {0, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, encode(at::zeros({1, 3, 4000, 8}), {0, 2}));
    }
};

QTEST_GUILESS_MAIN(Florence2Test)
#include "florence2_test.moc"
