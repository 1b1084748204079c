#include "core/models/florence_config.h"

#include <ATen/ATen.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/files/error.h"
#include "core/models/florence2.h"
#include "core/models/florence_names.h"
#include "core/models/florence_vl.h"
#include "tests/core/models/checkpoint_copy.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
namespace fs = std::filesystem;

namespace {

using Json = nlohmann::json;
using Change = std::function<void(Json&)>;

}  // namespace

Q_DECLARE_METATYPE(Change)

class FlorenceConfigTest : public QObject {
    Q_OBJECT

  private slots:
    void refusesMalformedFlorence2_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("mentions");
        const auto vision = [](const char* key, Json value) {
            return Change([=](Json& c) { c["vision_config"][key] = value; });
        };
        const auto text = [](const char* key, Json value) {
            return Change([=](Json& c) { c["text_config"][key] = value; });
        };
        QTest::newRow("no vision_config") << Change([](Json& c) { c.erase("vision_config"); }) << "vision_config";
        QTest::newRow("no text_config") << Change([](Json& c) { c.erase("text_config"); }) << "text_config";
        QTest::newRow("vision_config is a list")
            << Change([](Json& c) { c["vision_config"] = Json::array(); }) << "vision_config";
        QTest::newRow("config is a list") << Change([](Json& c) { c = Json::array({1, 2}); }) << "config.json";
        QTest::newRow("zero heads") << vision("num_heads", {0, 4, 6, 8}) << "num_heads";
        QTest::newRow("negative heads") << vision("num_heads", {-2, 4, 6, 8}) << "num_heads";
        QTest::newRow("heads that do not divide") << vision("num_heads", {3, 4, 6, 8}) << "16";
        QTest::newRow("groups that do not divide") << vision("num_groups", {2, 4, 5, 8}) << "48";
        QTest::newRow("too few heads") << vision("num_heads", {2, 4, 6}) << "num_heads";
        QTest::newRow("heads are words") << vision("num_heads", {"a", "b", "c", "d"}) << "num_heads";
        QTest::newRow("fractional widths") << vision("dim_embed", {16.5, 32, 48, 64}) << "dim_embed";
        QTest::newRow("huge width") << vision("dim_embed", {int64_t{1} << 40, 32, 48, 64}) << "dim_embed";
        QTest::newRow("another width") << vision("dim_embed", {16, 32, 96, 64}) << "shape";
        QTest::newRow("another last width") << vision("dim_embed", {16, 32, 48, 72}) << "projection";
        QTest::newRow("more stages") << vision("dim_embed", {16, 32, 48, 64, 64}) << "stages";
        QTest::newRow("more blocks") << vision("depths", {1, 1, 3, 1}) << "missing";
        QTest::newRow("huge depth") << vision("depths", {1, 1, 1000000000, 1}) << "depths";
        QTest::newRow("another kernel") << vision("patch_size", {5, 3, 3, 3}) << "shape";
        QTest::newRow("zero stride") << vision("patch_stride", {0, 2, 2, 2}) << "patch_stride";
        QTest::newRow("huge padding") << vision("patch_padding", {3, 1, 1, 1000000}) << "patch_padding";
        QTest::newRow("huge window") << vision("window_size", 100000) << "window_size";
        QTest::newRow("zero window") << vision("window_size", 0) << "window_size";
        QTest::newRow("window is null in a string") << vision("window_size", "null") << "window_size";
        QTest::newRow("another MLP ratio") << vision("mlp_ratio", 2) << "shape";
        QTest::newRow("norm places are numbers") << vision("patch_prenorm", {0, 1, 1, 1}) << "patch_prenorm";
        QTest::newRow("pixels normalised first")
            << vision("patch_prenorm", {true, true, true, true}) << "patch_prenorm";
        QTest::newRow("other features") << vision("image_feature_source", {"last_frame"}) << "image_feature_source";
        QTest::newRow("other positions") << vision("image_pos_embed", {{"type", "sine"}}) << "image_pos_embed";
        QTest::newRow("projection width") << vision("projection_dim", 48) << "projection";
        QTest::newRow("encoder width") << text("d_model", 48) << "48";
        QTest::newRow("encoder heads that do not divide") << text("encoder_attention_heads", 5) << "encoder";
        QTest::newRow("zero decoder heads") << text("decoder_attention_heads", 0) << "decoder_attention_heads";
        QTest::newRow("more encoder layers") << text("encoder_layers", 3) << "missing";
        QTest::newRow("huge decoder") << text("decoder_layers", int64_t{1} << 50) << "decoder_layers";
        QTest::newRow("inner width") << text("encoder_ffn_dim", 100) << "shape";
        QTest::newRow("other activation") << text("activation_function", "relu") << "activation_function";
        QTest::newRow("pre-norm") << text("normalize_before", true) << "normalize_before";
        QTest::newRow("a million beams") << text("num_beams", 1000000) << "num_beams";
        QTest::newRow("end id outside") << text("eos_token_id", 1446) << "eos_token_id";
        QTest::newRow("negative first id") << text("forced_bos_token_id", -1) << "forced_bos_token_id";
        QTest::newRow("length penalty is huge") << text("length_penalty", 1e300) << "length_penalty";
    }
    void refusesMalformedFlorence2() {
        QFETCH(Change, change);
        QFETCH(QString, mentions);
        const golden::CheckpointCopy checkpoint("florence2/tiny-a/model");
        checkpoint.edit("config.json", change);
        QElapsedTimer timer;
        timer.start();
        try {
            models::Florence2::load(files::ModelFolder::open(checkpoint.root()), {});
            QFAIL("was accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(mentions), error.what());
        }
        QVERIFY(timer.elapsed() < 1000);
    }

    void refusesMalformedNumbersInText_data() {
        QTest::addColumn<QString>("number");
        for (const auto* number : {"NaN", "Infinity", "-Infinity", "1e999", "12.5", "\"12\"", "[]", "{}", "true"})
            QTest::newRow(number) << number;
    }
    void refusesMalformedNumbersInText() {
        QFETCH(QString, number);
        const golden::CheckpointCopy checkpoint("florence2/tiny-a/model");
        nlohmann::json config;
        std::ifstream(checkpoint / "config.json") >> config;
        config["text_config"]["d_model"] = "HERE";
        checkpoint.write("config.json",
                         QString::fromStdString(config.dump()).replace("\"HERE\"", number).toStdString());
        QVERIFY_THROWS_EXCEPTION(Error, models::Florence2::load(files::ModelFolder::open(checkpoint.root()), {}));
    }

    void refusesMalformedFlorenceVl_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("mentions");
        const auto set = [](const char* key, Json value) { return Change([=](Json& c) { c[key] = value; }); };
        QTest::newRow("unknown projector") << set("mm_projector_type", "resampler") << "mm_projector_type";
        QTest::newRow("longer projector") << set("mm_projector_type", "mlp4x_gelu") << "missing";
        QTest::newRow("endless projector") << set("mm_projector_type", "mlp99999999999x_gelu") << "mm_projector_type";
        QTest::newRow("projector is a number") << set("mm_projector_type", 3) << "mm_projector_type";
        QTest::newRow("feature width") << set("mm_hidden_size", 13) << "mm_hidden_size";
        QTest::newRow("hidden size") << set("hidden_size", 52) << "";
        QTest::newRow("longest prompt is zero") << set("tokenizer_model_max_length", 0) << "tokenizer_model_max_length";
        QTest::newRow("two prompts") << set("mm_florence_prompt_ids", {{0, 2}, {0, 2}}) << "mm_florence_prompt_ids";
        QTest::newRow("empty prompt") << set("mm_florence_prompt_ids", {{0, 2}, {0, 2}, Json::array()})
                                      << "mm_florence_prompt_ids";
        QTest::newRow("prompt ids outside")
            << set("mm_florence_prompt_ids", {{0, 2}, {0, 51289}, {0, 2}}) << "mm_florence_prompt_ids";
        QTest::newRow("prompt of words") << set("mm_florence_prompt_ids", {"a", "b", "c"}) << "mm_florence_prompt_ids";
        QTest::newRow("pooled token") << set("mm_drop_pooled_token", "yes") << "mm_drop_pooled_token";
        QTest::newRow("tower is a number") << set("mm_vision_tower", 5) << "mm_vision_tower";
    }
    void refusesMalformedFlorenceVl() {
        QFETCH(Change, change);
        QFETCH(QString, mentions);
        const golden::CheckpointCopy checkpoint("florence-vl/phi3-tiny-a");
        checkpoint.edit("model/config.json", change);
        QElapsedTimer timer;
        timer.start();
        try {
            models::FlorenceVl::load(files::ModelFolder::open(checkpoint / "model"), {});
            QFAIL("was accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(mentions), error.what());
        }
        QVERIFY(timer.elapsed() < 1000);
    }

    void refusesPictureSizesThatDoNotFit_data() {
        QTest::addColumn<QString>("size");
        for (const auto* size : {"0", "-5", "4000", "1e9", "{\"height\": 96, \"width\": 48}", "{\"height\": 96}", "{}",
                                 "\"big\"", "[96, 96]"})
            QTest::newRow(size) << size;
    }
    void refusesPictureSizesThatDoNotFit() {
        QFETCH(QString, size);
        const golden::CheckpointCopy checkpoint("florence2/tiny-a/model");
        checkpoint.write("preprocessor_config.json", "{\"size\": " + size.toStdString() + "}");
        QVERIFY_THROWS_EXCEPTION(Error, models::Florence2::load(files::ModelFolder::open(checkpoint.root()), {}));
    }

    void findsTheTowersConfigurationWhereverItLies_data() {
        QTest::addColumn<QString>("place");
        for (const auto* place :
             {"model/vision_tower", "model/florence-phi-vision-tower", "florence-phi-vision-tower", "vision_tower"})
            QTest::newRow(place) << place;
    }
    void findsTheTowersConfigurationWhereverItLies() {
        QFETCH(QString, place);
        const golden::CheckpointCopy checkpoint("florence-vl/phi3-tiny-a");
        fs::rename(checkpoint / "vision_tower", checkpoint / "elsewhere");
        fs::rename(checkpoint / "elsewhere", checkpoint / place.toStdString());
        const auto model = models::FlorenceVl::load(files::ModelFolder::open(checkpoint / "model"), {});
        QCOMPARE(model->config().imageSide, 96);
        QCOMPARE(model->config().tower.davit.window, 4);
    }

    void towersConfigurationIsNotSearchedElsewhere() {
        const golden::CheckpointCopy checkpoint("florence-vl/phi3-tiny-a");
        fs::create_directory(checkpoint / "far");
        fs::rename(checkpoint / "vision_tower", checkpoint / "far/tower");
        checkpoint.edit("model/config.json",
                        [&](Json& c) { c["mm_vision_tower"] = (checkpoint / "far/tower").string(); });
        // Its widths are no multiples of 32, so nothing can be inferred either.
        QVERIFY_THROWS_EXCEPTION(Error, models::FlorenceVl::load(files::ModelFolder::open(checkpoint / "model"), {}));
    }

    void infersPublishedShapesFromTheWeights() {
        auto table = files::ModelFolder::open(golden::nano()).tensors();
        const std::string prefix = models::FlorenceVl::towerPrefix;
        models::canonicalizeFlorenceNames(table, prefix);
        const auto config = models::FlorenceConfig::infer(table, prefix);
        QCOMPARE(config.davit.stages.size(), size_t{4});
        QCOMPARE(config.davit.stages[2].heads, 8);
        QCOMPARE(config.davit.stages[2].depth, 3);
        QCOMPARE(config.text.encoderLayers, 4);
        QCOMPARE(config.text.vocabulary, 2048);
        QCOMPARE(config.davit.gridSide(256), 8);
    }

    void searchSettingsComeFromGenerationConfigWhenTextConfigHasNone() {
        const golden::CheckpointCopy checkpoint("florence2/tiny-a/model-native");
        checkpoint.edit("config.json", [](Json& c) {
            for (const auto* key : {"num_beams", "early_stopping", "no_repeat_ngram_size", "forced_bos_token_id"})
                c["text_config"].erase(key);
        });
        const auto model = models::Florence2::load(files::ModelFolder::open(checkpoint.root()), {});
        QCOMPARE(model->defaults().beams, 3);
        QCOMPARE(model->defaults().noRepeatNgram, 3);
        QCOMPARE(model->defaults().forcedFirst.value(), 0);
        QVERIFY(model->defaults().earlyStopping == language::EarlyStopping::Yes);
    }

    void nativeNamesBecomeTheOriginalOnes() {
        auto native = files::ModelFolder::open(golden::path("florence2/tiny-a/model-native")).tensors();
        auto original = files::ModelFolder::open(golden::path("florence2/tiny-a/model")).tensors();
        models::canonicalizeFlorenceNames(native, "");
        models::canonicalizeFlorenceNames(original, "");
        original.erase("language_model.final_logits_bias");  // native leaves it out
        QCOMPARE(native.size(), original.size());
        for (const auto& [name, entry] : original) QVERIFY2(native.contains(name), name.c_str());
        QVERIFY(native.at("image_projection").transposed);
    }

    void nativeTowerInsideFlorenceVlIsRead() {
        const auto folder = files::ModelFolder::open(golden::path("florence2/tiny-a/model-native"));
        const std::string prefix = models::FlorenceVl::towerPrefix;
        files::TensorTable inside;
        for (const auto& [name, entry] : folder.tensors()) inside.emplace(prefix + name, entry);
        models::canonicalizeFlorenceNames(inside, prefix);
        QVERIFY(inside.contains(prefix + "vision_tower.convs.0.proj.weight"));
        QVERIFY(inside.contains(prefix + "language_model.model.shared.weight"));
        const auto config = models::FlorenceConfig::read(folder.json("config.json"), inside, prefix, "config.json");
        const auto store = std::make_shared<nn::WeightStore>(inside, nn::WeightOptions{});
        const models::FlorenceTower tower(nn::Weights(store, prefix), config);
        golden::Tensors inputs("florence2/tiny-a/inputs.safetensors"),
            expected("florence2/tiny-a/expected.safetensors");
        COMPARE_TENSOR("V", tower.imageFeatures(inputs["pixel_values"], {}), expected["image_features"]);
    }

    void tiedTablesStayOne() {
        auto table = files::ModelFolder::open(golden::path("florence2/tiny-a/model")).tensors();
        QVERIFY(table.contains("language_model.lm_head.weight"));
        auto onlyHead = table;
        models::canonicalizeFlorenceNames(table, "");
        QVERIFY(!table.contains("language_model.lm_head.weight"));
        for (const auto* name :
             {"language_model.model.shared.weight", "language_model.model.encoder.embed_tokens.weight",
              "language_model.model.decoder.embed_tokens.weight"})
            onlyHead.erase(name);
        models::canonicalizeFlorenceNames(onlyHead, "");
        QVERIFY(onlyHead.contains("language_model.model.shared.weight"));
        auto none = table;
        none.erase("language_model.model.shared.weight");
        QVERIFY_THROWS_EXCEPTION(Error, models::canonicalizeFlorenceNames(none, ""));
        auto unequal = files::ModelFolder::open(golden::path("florence2/tiny-a/model")).tensors();
        unequal.at("language_model.lm_head.weight").shape = {1445, 32};
        QVERIFY_THROWS_EXCEPTION(Error, models::canonicalizeFlorenceNames(unequal, ""));
    }

    void classificationLeftoversAreDropped() {
        auto table = files::ModelFolder::open(golden::path("florence2/tiny-a/model")).tensors();
        auto node = table.at("image_proj_norm.weight");
        table.emplace("vision_tower.norms.weight", node);
        table.emplace("vision_tower.head.weight", node);
        models::canonicalizeFlorenceNames(table, "");
        QVERIFY(!table.contains("vision_tower.norms.weight") && !table.contains("vision_tower.head.weight"));
    }
};

QTEST_GUILESS_MAIN(FlorenceConfigTest)
#include "florence_config_test.moc"
