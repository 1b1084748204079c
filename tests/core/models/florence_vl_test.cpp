#include "core/models/florence_vl.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <QtTest>

#include "core/files/error.h"
#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using fusion::Block;
using fusion::PooledToken;
using models::FlorenceVl;

namespace {

struct Case {
    explicit Case(const std::string& name)
        : folder("florence-vl/" + name),
          inputs(folder + "/inputs.safetensors"),
          expected(folder + "/expected.safetensors"),
          cases(golden::json(folder + "/expected.json")) {}

    std::unique_ptr<FlorenceVl> load(c10::ScalarType type = c10::kFloat, c10::Device device = c10::kCPU) const {
        nn::WeightOptions options;
        options.compute = type;
        options.device = device;
        return FlorenceVl::load(files::ModelFolder::open(golden::path(folder + "/model")), options);
    }
    models::PictureTensors picture(int64_t i) { return {inputs["pixel_values"].narrow(0, i, 1), {}}; }

    std::string folder;
    golden::Tensors inputs, expected;
    nlohmann::json cases;
};

void addVariants() {
    QTest::addColumn<QString>("variant");
    for (const auto* variant : {"phi3-tiny-a", "llama3-tiny-a"}) QTest::newRow(variant) << variant;
}

models::EncodeOptions variantOptions(const models::EncodeOptions& defaults, char letter, bool masked) {
    auto options = defaults;
    options.fusion.pooledToken = letter == 'A'   ? PooledToken::Kept
                                 : letter == 'B' ? PooledToken::CutAtEnd
                                                 : PooledToken::CutBeforeEncoder;
    options.fusion.maskPromptPadding = masked;
    return options;
}

}  // namespace

class FlorenceVlTest : public QObject {
    Q_OBJECT

  private slots:
    void featuresMatchReference_data() { addVariants(); }
    void featuresMatchReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load();
        inspect::Trace trace({"*"});
        nn::Pass pass;
        pass.recorder = &trace;
        const auto visual = model->encodeBatch({data.picture(0), data.picture(1)}, model->defaultOptions(), pass);
        const auto recorded = [&](const std::string& name) { return trace.activation(name).values; };
        COMPARE_TENSOR("davit", recorded("tower/davit/stage3"), data.expected["davit.out"]);
        COMPARE_TENSOR("V", recorded("tower/image"), data.expected["V.with_pooled"]);
        for (const std::string prompt : {"caption", "ocr", "grounding"}) {
            COMPARE_TENSOR(prompt, recorded("tower/encoder/" + prompt + "/layer1"),
                           data.expected["encoder." + prompt + ".full"]);
            COMPARE_TENSOR(prompt, recorded("tower/encoder/" + prompt + "/image"), data.expected["feature." + prompt]);
        }
        COMPARE_TENSOR("fused", recorded("fusion/concat"), data.expected["fused"]);
        COMPARE_TENSOR("projector.0", recorded("fusion/projector/layer0"), data.expected["projector.0"]);
        COMPARE_TENSOR("projector.1", recorded("fusion/projector/layer1"), data.expected["projector.1"]);
        COMPARE_TENSOR("projector.2", recorded("fusion/projected"), data.expected["projector.2"]);
        COMPARE_TENSOR("visual tokens", visual, data.expected["visual_tokens"]);

        const auto blocks = model->features(data.inputs["pixel_values"], model->defaultOptions(), {});
        COMPARE_TENSOR("feature.V", blocks.image, data.expected["feature.V"]);
        COMPARE_TENSOR("breadth", at::cat({blocks.caption, blocks.ocr, blocks.grounding}, 2),
                       data.expected["encoder_last_hidden_state"]);
    }

    void everyVariantMatchesReference_data() { addVariants(); }
    void everyVariantMatchesReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load();
        for (const char letter : {'A', 'B', 'C'})
            for (const bool masked : {false, true}) {
                const auto options = variantOptions(model->defaultOptions(), letter, masked);
                const auto name = concat("variant.", letter, masked ? ".masked" : "");
                inspect::Trace trace({"fusion/concat"});
                nn::Pass pass;
                pass.recorder = &trace;
                const auto visual = model->encodeBatch({data.picture(0)}, options, pass);
                COMPARE_TENSOR(name, trace.activation("fusion/concat").values, data.expected[name + ".fused"]);
                COMPARE_TENSOR(name, visual, data.expected[name + ".visual_tokens"]);
                QCOMPARE(model->visualTokens({}, options), visual.size(1));
            }
    }

    void tokenAndAverageFusionMatchReference_data() { addVariants(); }
    void tokenAndAverageFusionMatchReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const fusion::FeatureBlocks blocks{data.expected["feature.V"], data.expected["feature.caption"],
                                           data.expected["feature.ocr"], data.expected["feature.grounding"]};
        const std::vector<Block> three = {Block::Caption, Block::Ocr, Block::Grounding};
        fusion::FusionOptions options;
        options.kind = fusion::FusionKind::Tokens;
        COMPARE_TENSOR("token4", fusion::fuse(blocks, options), data.expected["fusion.token4"]);
        options.order = three;
        COMPARE_TENSOR("token3", fusion::fuse(blocks, options), data.expected["fusion.token3"]);
        options.kind = fusion::FusionKind::Average;
        COMPARE_TENSOR("average3", fusion::fuse(blocks, options), data.expected["fusion.average3"]);
        options.order.insert(options.order.begin(), Block::V);
        COMPARE_TENSOR("average4", fusion::fuse(blocks, options), data.expected["fusion.average4"]);
    }

    void orderAndAblationChangeWhatIsFused() {
        const at::Tensor like = at::arange(6, at::kFloat).view({1, 2, 3});
        const fusion::FeatureBlocks blocks{like, like + 10, like + 20, like + 30};
        fusion::FusionOptions options;
        options.order = {Block::Ocr, Block::V};
        QVERIFY(at::equal(fusion::fuse(blocks, options), at::cat({blocks.ocr, blocks.image}, 2)));
        options.ablated = {Block::Ocr};
        QVERIFY(at::equal(fusion::fuse(blocks, options), at::cat({blocks.ocr, blocks.image}, 2)));
        options.ablation = fusion::Ablation::Zero;
        QVERIFY(at::equal(fusion::fuse(blocks, options), at::cat({at::zeros_like(like), blocks.image}, 2)));
        options.ablation = fusion::Ablation::Mean;
        const at::Tensor mean = blocks.ocr.mean(1, true).expand_as(like);
        QVERIFY(at::equal(fusion::fuse(blocks, options), at::cat({mean, blocks.image}, 2)));
        options.order.clear();
        QVERIFY_THROWS_EXCEPTION(Error, fusion::fuse(blocks, options));
    }

    void languageModelMatchesReference_data() { addVariants(); }
    void languageModelMatchesReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load();
        for (const auto& entry : data.cases.at("cases")) {
            const auto name = entry.at("name").get<std::string>();
            inspect::Trace trace({"llm/*"});
            nn::Pass pass;
            pass.recorder = &trace;
            model->run({data.inputs["pixel_values"], data.inputs[name + ".input_ids"], {}, {}}, model->defaultOptions(),
                       pass);
            const auto layers = model->config().decoder.layers;
            COMPARE_TENSOR(name, trace.activation("llm/embed").values, data.expected[name + ".inputs_embeds"]);
            for (int64_t i = 1; i <= layers; ++i) {
                const auto expected = concat(name, ".llm.hidden.", i);
                if (!data.expected.has(expected)) continue;
                const auto recorded = i < layers ? concat("llm/layer", i - 1) : std::string("llm/norm");
                COMPARE_TENSOR(expected, trace.activation(recorded).values, data.expected[expected]);
            }
            const at::Tensor logits = trace.activation("llm/logits").values, last = data.expected[name + ".logits"];
            COMPARE_TENSOR(name + " logits", logits.narrow(1, logits.size(1) - last.size(1), last.size(1)), last);
        }
    }

    void greedyIdsMatchReference_data() { addVariants(); }
    void greedyIdsMatchReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load();
        const auto visual = model->encodeBatch({data.picture(0), data.picture(1)}, model->defaultOptions(), {});
        for (const auto& entry : data.cases.at("cases")) {
            const auto images = entry.at("images").get<int64_t>();
            const auto ids = entry.at("input_ids").get<std::vector<int64_t>>();
            const auto pictures = visual.narrow(0, 0, images).unbind();
            const auto prompt = model->splice(ids, pictures);
            QCOMPARE(prompt.size(1), entry.at("length").get<int64_t>());
            auto cache = model->decoder().newCache();
            language::GenerationOptions options;
            options.maxNewTokens = 32;
            options.stopIds = data.cases.at("tokenizer").at("stop").get<std::vector<int64_t>>();
            const auto found = language::generate(model->decoder(), cache, prompt, {}, options, {});
            QVERIFY2(found.ids == entry.at("greedy_ids").get<std::vector<int64_t>>(), entry.at("name").dump().c_str());
        }
    }

    void paddedBatchMatchesReference_data() { addVariants(); }
    void paddedBatchMatchesReference() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load();
        inspect::Trace trace({"llm/embed"});
        nn::Pass pass;
        pass.recorder = &trace;
        const at::Tensor pixels = data.inputs["pixel_values"];
        model->run({pixels, data.inputs["batch.input_ids"], data.inputs["batch.attention_mask"].to(at::kBool), {}},
                   model->defaultOptions(), pass);
        COMPARE_TENSOR("batch", trace.activation("llm/embed").values, data.expected["batch.inputs_embeds"]);
    }

    void picturesOfABatchDoNotMeet() {
        Case data("llama3-tiny-a");
        const auto model = data.load();
        const auto both = model->encodeBatch({data.picture(0), data.picture(1)}, model->defaultOptions(), {});
        const auto second = model->encode(data.picture(1), model->defaultOptions(), {});
        QVERIFY((both[1] - second).abs().max().item<double>() < 1e-5);
    }

    void extraPromptsAreShownAndNotFused() {
        Case data("llama3-tiny-a");
        const auto model = data.load();
        auto options = model->defaultOptions();
        const auto before = model->encode(data.picture(0), options, {});
        options.extraPrompts = {{"mine", {0, 2264, 16, 42, 116, 2}}};
        inspect::Trace trace({"tower/encoder/*"});
        nn::Pass pass;
        pass.recorder = &trace;
        QVERIFY(at::equal(before, model->encode(data.picture(0), options, pass)));
        QCOMPARE(trace.activation("tower/encoder/mine/layer1").shape, (std::vector<int64_t>{1, 16, 16}));
        QCOMPARE(trace.activation("tower/encoder/mine/image").shape, (std::vector<int64_t>{1, 9, 16}));
        options.extraPrompts = {{"bad", {0, 51289}}};
        QVERIFY_THROWS_EXCEPTION(Error, model->encode(data.picture(0), options, pass));
    }

    void listsTheActivationsItRecords_data() {
        QTest::addColumn<QString>("letter");
        for (const auto* letter : {"A", "B", "C"}) QTest::newRow(letter) << letter;
    }
    void listsTheActivationsItRecords() {
        QFETCH(QString, letter);
        Case data("phi3-tiny-a");
        const auto model = data.load();
        auto options = variantOptions(model->defaultOptions(), letter[0].toLatin1(), false);
        options.extraPrompts = {{"mine", {0, 2264, 2}}};
        inspect::Trace trace({"*"}, inspect::Trace::Keep::Shapes);
        nn::Pass pass;
        pass.recorder = &trace;
        model->run({data.inputs["pixel_values"].narrow(0, 0, 1), data.inputs["one_image.input_ids"], {}, {}}, options,
                   pass);
        const auto listed = model->activations({}, options);
        QCOMPARE(listed.size(), trace.activations().size());
        for (size_t i = 0; i < listed.size(); ++i) {
            QVERIFY2(trace.has(listed[i].name), listed[i].name.c_str());
            const auto& shape = trace.activation(listed[i].name).shape;
            QCOMPARE(listed[i].shape.back(), shape.back());
            if (!listed[i].isMap) continue;
            QVERIFY(listed[i].firstPatch + listed[i].shape[0] * listed[i].shape[1] <= shape[1]);
            if (listed[i].row == "image" && listed[i].column == "V")
                QCOMPARE(shape[1] - 1, listed[i].shape[0] * listed[i].shape[1]);
        }
    }

    void marksWhatReachesTheLanguageModel() {
        Case data("phi3-tiny-a");
        const auto model = data.load(c10::kFloat, c10::kMeta);
        auto options = model->defaultOptions();
        options.fusion.ablated = {Block::Ocr};
        options.fusion.ablation = fusion::Ablation::Zero;
        std::map<std::string, bool> reaches;
        for (const auto& info : model->activations({}, options)) reaches[info.name] = info.reachesLanguageModel;
        QVERIFY(reaches.at("tower/image") && reaches.at("tower/encoder/caption/image") &&
                reaches.at("fusion/projected"));
        QVERIFY(!reaches.at("tower/davit/stage2") && !reaches.at("tower/encoder/ocr/image"));
        QVERIFY(!reaches.at("tower/encoder/caption/layer0") && reaches.at("tower/encoder/caption/layer1"));
    }

    void bfloat16StaysNear_data() { addVariants(); }
    void bfloat16StaysNear() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load(c10::kBFloat16);
        const auto visual = model->encodeBatch({data.picture(0), data.picture(1)}, model->defaultOptions(), {});
        const double ratio = (visual.to(at::kFloat).norm() / data.expected["visual_tokens"].norm()).item<double>();
        QVERIFY2(std::abs(ratio - 1) < 0.02, concat("norm is ", ratio, " of the reference's").c_str());
    }

    void runsOnTheMetaDevice_data() { addVariants(); }
    void runsOnTheMetaDevice() {
        QFETCH(QString, variant);
        Case data(variant.toStdString());
        const auto model = data.load(c10::kFloat, c10::kMeta);
        const auto visual = model->encode({at::empty({1, 3, 96, 96}, at::kMeta), 0, 0}, model->defaultOptions(), {});
        QCOMPARE(visual.sizes().vec(), (std::vector<int64_t>{9, model->config().decoder.hidden}));
        const auto hidden = model->decoder().hidden(visual.unsqueeze(0), at::Tensor(), nn::Pass());
        QCOMPARE(model->decoder().logits(hidden).size(2), model->config().decoder.vocabulary);
    }

    void threeRunsGiveTheSameBitsAndThreadsChangeNothing() {
        Case data("phi3-tiny-a");
        const auto model = data.load();
        const auto run = [&] { return model->encode(data.picture(0), model->defaultOptions(), {}); };
        const int before = at::get_num_threads();
        at::set_num_threads(1);
        const at::Tensor first = run(), second = run(), third = run();
        at::set_num_threads(2);
        const at::Tensor threaded = run();
        at::set_num_threads(before);
        QVERIFY(at::equal(first, second) && at::equal(first, third));
        QVERIFY((first - threaded).abs().max().item<double>() <= 1e-5);
    }

    void reportsProgressThatGrows() {
        Case data("phi3-tiny-a");
        const auto model = data.load();
        std::vector<double> shares;
        nn::Pass pass;
        pass.progress = [&](double done) { shares.push_back(done); };
        model->encode(data.picture(0), model->defaultOptions(), pass);
        QVERIFY(shares.size() > 3 && std::is_sorted(shares.begin(), shares.end()));
        QCOMPARE(shares.back(), 1.0);
    }

    void spliceRefusesWhatDoesNotFit() {
        Case data("phi3-tiny-a");
        const auto model = data.load();
        const at::Tensor picture = at::zeros({9, 48});
        QVERIFY_THROWS_EXCEPTION(Error, model->splice({1, -200, 2}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model->splice({1, 2}, {picture}));
        QVERIFY_THROWS_EXCEPTION(Error, model->splice({}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model->splice({1, 584}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model->splice({1, -201}, {}));
        QCOMPARE(model->splice(std::vector<int64_t>(3000, 5), {}).size(1), 2048);
    }

    void refusesFusionThatTheProjectorWasNotTrainedFor() {
        Case data("phi3-tiny-a");
        const auto model = data.load();
        auto options = model->defaultOptions();
        options.fusion.kind = fusion::FusionKind::Average;
        QVERIFY_THROWS_EXCEPTION(Error, model->encode(data.picture(0), options, {}));
    }
};

QTEST_GUILESS_MAIN(FlorenceVlTest)
#include "florence_vl_test.moc"
