#include "core/models/llava_onevision_config.h"

#include <QElapsedTimer>
#include <QtTest>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/models/llava_onevision.h"
#include "tests/core/models/checkpoint_copy.h"

using namespace fusionscope;

namespace {

using Json = nlohmann::json;
using Change = std::function<void(Json&)>;

std::string model(const char* layout) { return concat("llava-onevision/ov-0.5b-layout/", layout); }

Change set(const char* key, Json value) {
    return [=](Json& config) { config[key] = value; };
}
Change inTower(const char* key, Json value) {
    return [=](Json& config) { config["vision_config"][key] = value; };
}
Change inDecoder(const char* key, Json value) {
    return [=](Json& config) { config["text_config"][key] = value; };
}

/// Empty when the checkpoint is refused within a second with one sentence that mentions the text, else what is wrong.
std::string refusal(const golden::CheckpointCopy& checkpoint, const QString& mentions) {
    QElapsedTimer timer;
    timer.start();
    try {
        models::LlavaOnevision::load(files::ModelFolder::open(checkpoint.root()), {});
        return "was accepted";
    } catch (const Error& error) {
        const QString sentence = error.what();
        if (!sentence.contains(mentions) || sentence.contains('\n')) return error.what();
    }
    return timer.elapsed() < 1000 ? std::string() : concat("took ", timer.elapsed(), " ms");
}

}  // namespace

Q_DECLARE_METATYPE(Change)

class LlavaOnevisionConfigTest : public QObject {
    Q_OBJECT

  private slots:
    void refusesMalformedConfigs_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("mentions");
        const auto row = [](const char* name, Change change, const char* mentions) {
            QTest::newRow(name) << std::move(change) << mentions;
        };
        row("no vision_config", [](Json& c) { c.erase("vision_config"); }, "vision_config");
        row("vision_config is a list", set("vision_config", Json::array()), "vision_config");
        row("no decoder", [](Json& c) { c.erase("text_config"); }, "llava_onevision");
        row("another decoder", inDecoder("model_type", "bert"), "bert");
        row("no canvas", set("image_grid_pinpoints", Json::array()), "image_grid_pinpoints");
        row("canvas of 10^9", set("image_grid_pinpoints", {{1000000000, 1000000000}}), "image_grid_pinpoints");
        row("canvas of 10^7 tiles", set("image_grid_pinpoints", {{34, 340000000}}), "tiles");
        row("canvas of no whole tiles", set("image_grid_pinpoints", {{34, 50}}), "whole tiles");
        row("canvas of words", set("image_grid_pinpoints", {{"a", "b"}}), "image_grid_pinpoints");
        row("canvases in a number", set("image_grid_pinpoints", 7), "image_grid_pinpoints");
        row("aspect ratio unknown", set("vision_aspect_ratio", "stretch"), "vision_aspect_ratio");
        row("aspect ratio of no tiles", set("vision_aspect_ratio", "anyres_max_0"), "vision_aspect_ratio");
        row("aspect ratio is a number", set("vision_aspect_ratio", 9), "vision_aspect_ratio");
        row("feature layer beyond the tower", set("vision_feature_layer", 4), "vision_feature_layer");
        row("feature layer before the tower", set("vision_feature_layer", -5), "vision_feature_layer");
        row("feature layer is the embedding", set("vision_feature_layer", 0), "vision_feature_layer");
        row("feature layer 10^12", set("vision_feature_layer", 1000000000000), "vision_feature_layer");
        row("feature layers in a list", set("vision_feature_layer", {-1, -2}), "vision_feature_layer");
        row("patches left out", set("vision_feature_select_strategy", "default"), "vision_feature_select_strategy");
        row("another activation", set("projector_hidden_act", "relu"), "projector_hidden_act");
        row("no newline", set("use_image_newline_parameter", false), "use_image_newline_parameter");
        row("picture id negative", set("image_token_index", -1), "image_token_index");
        row("video id a text", set("video_token_index", "340"), "video_token_index");
        row("tower heads do not divide", inTower("num_attention_heads", 5), "num_attention_heads");
        row("tower heads 0", inTower("num_attention_heads", 0), "num_attention_heads");
        row("tower width not the weights'", inTower("hidden_size", 72), "shape");
        row("tower inner width not the weights'", inTower("intermediate_size", 81), "shape");
        row("tower deeper than the weights", inTower("num_hidden_layers", 4), "missing");
        row("10^9 layers", inTower("num_hidden_layers", 1000000000), "num_hidden_layers");
        row("patch larger than the picture", inTower("patch_size", 35), "patch_size");
        row("patch 0", inTower("patch_size", 0), "patch_size");
        row("other positions", inTower("image_size", 68), "image_grid_pinpoints");
        row("picture of 10^9", inTower("image_size", 1000000000), "image_size");
        row("another tower activation", inTower("hidden_act", "relu"), "hidden_act");
        row("language width not the weights'", inDecoder("hidden_size", 112), "shape");
        row("vocabulary not the weights'", inDecoder("vocab_size", 385), "shape");
        row("deeper than the weights", inDecoder("num_hidden_layers", 4), "layers.3");
        row("not tied", inDecoder("tie_word_embeddings", false), "lm_head");
    }
    void refusesMalformedConfigs() {
        QFETCH(Change, change);
        QFETCH(QString, mentions);
        const golden::CheckpointCopy checkpoint(model("model"));
        checkpoint.edit("config.json", change);
        const auto problem = refusal(checkpoint, mentions);
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void refusesMalformedOriginals_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("mentions");
        const auto row = [](const char* name, Change change, const char* mentions) {
            QTest::newRow(name) << std::move(change) << mentions;
        };
        row("another LLaVA", set("architectures", {"LlavaLlamaForCausalLM"}), "architectures");
        row("no architecture", [](Json& c) { c.erase("architectures"); }, "architectures");
        row("another projector", set("mm_projector_type", "linear"), "mm_projector_type");
        row("another order", set("mm_patch_merge_type", "flat"), "mm_patch_merge_type");
        row("another pooling", set("mm_spatial_pool_mode", "average"), "mm_spatial_pool_mode");
        row("newlines in every row", set("mm_newline_position", "grid"), "mm_newline_position");
        row("aspect ratio unknown", set("image_aspect_ratio", "pad"), "image_aspect_ratio");
        row("no canvas", set("image_grid_pinpoints", Json::array()), "image_grid_pinpoints");
        row("canvas text cut short", set("image_grid_pinpoints", "(1x1),...,(6x"), "image_grid_pinpoints");
        row("tiles smaller than a patch", set("image_grid_pinpoints", {{5, 5}}), "image_grid_pinpoints");
        row("context 0", set("tokenizer_model_max_length", 0), "tokenizer_model_max_length");
        row("vocabulary not the weights'", set("vocab_size", 340), "shape");
    }
    void refusesMalformedOriginals() {
        QFETCH(Change, change);
        QFETCH(QString, mentions);
        const golden::CheckpointCopy checkpoint(model("model-lmms"));
        checkpoint.edit("config.json", change);
        const auto problem = refusal(checkpoint, mentions);
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void asksForTheTowersConfigWhereTheWeightsDoNotTell() {
        const golden::CheckpointCopy checkpoint(model("model-lmms"));
        std::filesystem::remove(checkpoint / "vision_tower/config.json");
        const auto problem = refusal(checkpoint, "vision_tower/config.json");
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void refusesViewsThatTheTowerDoesNotTake() {
        const golden::CheckpointCopy checkpoint(model("model"));
        checkpoint.edit("preprocessor_config.json", set("size", {{"height", 68}, {"width", 68}}));
        const auto problem = refusal(checkpoint, "preprocessor_config.json");
        QVERIFY2(problem.empty(), problem.c_str());
    }

    void tensorsOfTwoLayoutsAreRefused() {
        files::TensorTable table;
        table["image_newline"] = table["model.image_newline"] = {};
        QVERIFY_EXCEPTION_THROWN(models::canonicalizeLlavaOnevisionNames(table), Error);
    }

    void readsOlderAndNewerKeys() {
        const golden::CheckpointCopy checkpoint(model("model"));
        checkpoint.edit("config.json", [](Json& c) {
            c["image_token_id"] = c["image_token_index"];
            c["video_token_id"] = c["video_token_index"];
            for (const auto* key : {"image_token_index", "video_token_index", "vision_feature_layer", "vision_aspect_ratio",
                                    "vision_feature_select_strategy", "projector_hidden_act",
                                    "use_image_newline_parameter"})
                c.erase(key);
        });
        const auto folder = files::ModelFolder::open(checkpoint.root());
        const auto config = models::LlavaOnevisionConfig::read(folder, folder.tensors());
        QCOMPARE(config.image, std::optional<int64_t>(339));
        QCOMPARE(config.video, std::optional<int64_t>(340));
        QCOMPARE(config.towerLayers, 3);
        QCOMPARE(config.mostTiles, 9);
        QVERIFY(config.decoder.tiedEmbedding);
    }

    void anEarlierFeatureLayerNeedsNoLaterOne() {
        const golden::CheckpointCopy checkpoint(model("model"));
        checkpoint.edit("config.json", set("vision_feature_layer", -2));
        const auto loaded = models::LlavaOnevision::load(files::ModelFolder::open(checkpoint.root()), {});
        QCOMPARE(loaded->config().towerLayers, 2);
    }
};

QTEST_GUILESS_MAIN(LlavaOnevisionConfigTest)
#include "llava_onevision_config_test.moc"
