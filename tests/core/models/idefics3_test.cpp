#include "core/models/idefics3.h"

#include <ATen/ATen.h>

#include <QtTest>
#include <filesystem>
#include <set>

#include "core/files/error.h"
#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using models::Idefics3;

namespace {

constexpr const char* fixtures[] = {"idefics3/idefics3-8b-layout", "smolvlm/smolvlm-256m-layout",
                                    "smolvlm/smolvlm2-layout"};

std::unique_ptr<Idefics3> load(const std::filesystem::path& folder, nn::WeightOptions options = {}) {
    return Idefics3::load(files::ModelFolder::open(folder), options);
}

/// One of the checkpoints with what a reference made of its inputs.
struct Fixture {
    explicit Fixture(const std::string& name)
        : folder(name),
          inputs(name + "/inputs.safetensors"),
          expected(name + "/expected.safetensors"),
          json(golden::json(name + "/expected.json")),
          tolerance(json.at("tolerance").at("fp32_abs").get<double>()),
          model(load(golden::path(name + "/model"))) {}

    /// [1, views, 3, side, side], or undefined for a conversation without pictures.
    at::Tensor pixels(const std::string& name) {
        if (!inputs.has(name + ".pixel_u8")) return {};
        const auto bytes = inputs[name + ".pixel_u8"].to(at::kDouble);
        return ((bytes * 0.00392156862745098).to(at::kFloat) - 0.5) / 0.5;
    }

    std::string folder;
    golden::Tensors inputs, expected;
    nlohmann::json json;
    double tolerance;
    std::unique_ptr<Idefics3> model;
};

/// The first and the last of many, as the references keep them; else all.
at::Tensor kept(const at::Tensor& views, const at::Tensor& expected) {
    if (expected.size(0) == views.size(0)) return views;
    return at::stack({views[0], views[views.size(0) - 1]});
}

at::Tensor tail(const at::Tensor& tokens, const at::Tensor& expected) {
    return tokens.narrow(1, tokens.size(1) - expected.size(1), expected.size(1));
}

void addCases() {
    QTest::addColumn<QString>("fixture");
    QTest::addColumn<QString>("name");
    for (const auto* fixture : fixtures) {
        const auto expected = golden::json(std::string(fixture) + "/expected.json");
        for (const auto& [name, entry] : expected.at("cases").items())
            QTest::addRow("%s %s", fixture, name.c_str()) << fixture << QString::fromStdString(name);
    }
}

}  // namespace

class Idefics3Test : public QObject {
    Q_OBJECT

    std::map<std::string, std::unique_ptr<Fixture>> m_fixtures;

    Fixture& fixture(const QString& name) {
        auto& found = m_fixtures[name.toStdString()];
        if (!found) found = std::make_unique<Fixture>(name.toStdString());
        return *found;
    }

  private slots:
    void everyTensorMatchesReference_data() { addCases(); }
    void everyTensorMatchesReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        auto& data = this->fixture(fixture);
        const auto& model = *data.model;
        const auto label = name.toStdString();
        inspect::Trace trace({"*"});
        nn::Pass pass;
        pass.recorder = &trace;
        model.run({data.pixels(label), data.inputs[label + ".input_ids"], {}, {}}, {}, pass);

        int compared = 0;
        const auto compare = [&](const std::string& recorded, const std::string& part, auto choose) {
            const auto full = label + "." + part;
            if (!data.expected.has(full)) return std::string();
            ++compared;
            const auto expected = data.expected[full];
            return golden::mismatchBeyond(data.tolerance, full, choose(trace.activation(recorded).values, expected),
                                          expected);
        };
        std::vector<std::string> problems = {
            compare("tower/siglip/embed", "vision_embeddings", kept), compare("tower/siglip/norm", "vision_last", kept),
            compare("fusion/projected", "connector", kept), compare("llm/embed", "merged_embeddings", tail),
            compare("llm/norm", "text_norm", tail), compare("llm/logits", "logits_tail", tail)};
        for (int64_t i = 0; i < model.config().tower.layers; ++i)
            problems.push_back(compare(concat("tower/siglip/layer", i), concat("vision_layer.", i), kept));
        for (int64_t i = 0; i < model.config().decoder.layers; ++i)
            problems.push_back(compare(concat("llm/layer", i), concat("text_layer.", i), tail));
        for (const auto& problem : problems) QVERIFY2(problem.empty(), problem.c_str());
        QVERIFY(compared >= (name == "textonly" ? 2 : 4));
    }

    void greedyIdsMatchReference_data() { addCases(); }
    void greedyIdsMatchReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        auto& data = this->fixture(fixture);
        const auto label = name.toStdString();
        inspect::Trace trace({"llm/embed"});
        nn::Pass pass;
        pass.recorder = &trace;
        data.model->run({data.pixels(label), data.inputs[label + ".input_ids"], {}, {}}, {}, pass);
        auto cache = data.model->decoder().newCache();
        language::GenerationOptions options;
        options.maxNewTokens = 24;
        options.prefillChunk = 100;
        const auto found =
            language::generate(data.model->decoder(), cache, trace.activation("llm/embed").values, {}, options, {});
        QCOMPARE(found.ids, golden::ids(data.inputs[label + ".greedy_ids"]));
    }

    /// Without a cache, all of the answer at once.
    void scoresOfTheAnswerMatchReference_data() { addCases(); }
    void scoresOfTheAnswerMatchReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        auto& data = this->fixture(fixture);
        const auto label = name.toStdString();
        const auto answer = data.inputs[label + ".greedy_ids"];
        const auto ids = at::cat({data.inputs[label + ".input_ids"], answer.narrow(1, 0, 23)}, 1);
        inspect::Trace trace({"llm/logits"});
        nn::Pass pass;
        pass.recorder = &trace;
        data.model->run({data.pixels(label), ids, {}, {}}, {}, pass);
        const auto expected = data.expected[label + ".greedy_logits"];
        auto logits = trace.activation("llm/logits").values;
        logits = logits.narrow(1, logits.size(1) - 24, 24);
        if (expected.size(1) < 24)
            logits = logits.index_select(
                1, at::tensor(data.json.at("kept_steps_elsewhere").get<std::vector<int64_t>>(), at::kLong));
        COMPARE_WITHIN(data.tolerance, label, logits, expected);
    }

    /// Two prompts of different length, filled up on the left, and tiles of zeros.
    void paddedBatchMatchesReference() {
        auto& data = fixture(fixtures[0]);
        const auto answers = data.inputs["batch.greedy_ids"];
        const auto ids = at::cat({data.inputs["batch.input_ids"], answers.narrow(1, 0, 23)}, 1);
        const auto mask = at::cat({data.inputs["batch.attention_mask"], at::ones({2, 23}, at::kLong)}, 1).to(at::kBool);
        const auto few = data.pixels("landscape32"), many = data.pixels("two");
        auto filling = few.sizes().vec();
        filling[1] = many.size(1) - few.size(1);
        const auto pixels = at::cat({at::cat({few, at::zeros(filling)}, 1), many});
        inspect::Trace trace({"llm/logits", "fusion/projected"});
        nn::Pass pass;
        pass.recorder = &trace;
        data.model->run({pixels, ids, mask, {}}, {}, pass);
        QCOMPARE(trace.activation("fusion/projected").shape.at(0), few.size(1) + many.size(1));
        auto logits = trace.activation("llm/logits").values;
        logits = logits.narrow(1, logits.size(1) - 24, 24);
        COMPARE_WITHIN(data.tolerance, "batch", logits, data.expected["batch.greedy_logits"]);
        QVERIFY(at::equal(logits.argmax(-1), answers));
    }

    void shufflesPixelsByAnyFactor() {
        for (const auto& [side, scale] : {std::pair<int64_t, int64_t>{6, 1}, {6, 2}, {6, 3}, {8, 4}}) {
            const auto x = at::randn({2, side * side, 5});
            const auto shuffled = models::pixelShuffle(x, scale);
            const int64_t less = side / scale;
            QCOMPARE(shuffled.sizes(), at::IntArrayRef({2, less * less, 5 * scale * scale}));
            for (int64_t row = 0; row < side; ++row)
                for (int64_t column = 0; column < side; ++column) {
                    const auto token = row / scale * less + column / scale;
                    const auto block = row % scale * scale + column % scale;
                    QVERIFY(at::equal(shuffled.select(1, token).narrow(1, 5 * block, 5),
                                      x.select(1, row * side + column)));
                }
        }
    }

    void listsTheActivationsItRecords_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::newRow("tiled") << "wide" << 1 << 4;
        QTest::newRow("whole") << "nosplit" << 0 << 0;
    }
    void listsTheActivationsItRecords() {
        QFETCH(QString, name);
        QFETCH(int, rows);
        QFETCH(int, columns);
        auto& data = fixture(fixtures[2]);
        inspect::Trace trace({"*"}, inspect::Trace::Keep::Shapes);
        nn::Pass pass;
        pass.recorder = &trace;
        const auto label = name.toStdString();
        data.model->run({data.pixels(label), data.inputs[label + ".input_ids"], {}, {}}, {}, pass);
        models::PictureLayout layout;
        layout.tileRows = rows;
        layout.tileColumns = columns;
        layout.views = rows * columns + 1;
        std::set<std::string> listed, recorded;
        for (const auto& info : data.model->activations(layout, {})) {
            listed.insert(info.recorded());
            const auto& shape = trace.activation(info.recorded()).shape;
            if (!info.isMap) continue;
            QCOMPARE(info.shape.back(), shape.back());
            QVERIFY(info.name.starts_with("llm/") || info.firstView + info.viewRows * info.viewColumns <= shape.at(0));
        }
        for (const auto& activation : trace.activations()) recorded.insert(activation.name);
        QVERIFY(listed == recorded);
        QCOMPARE(data.model->visualTokens(layout, {}), layout.views * data.model->config().tokensPerView());
    }

    void runsOnMeta() {
        nn::WeightOptions options;
        options.device = c10::kMeta;
        const auto model = load(golden::path(std::string(fixtures[0]) + "/model"), options);
        const models::PictureTensors picture{at::empty({13, 3, 42, 42}, at::kMeta), {13, 3, 4, 100, 150, false}};
        QCOMPARE(model->encode(picture, {}, {}).sizes(), at::IntArrayRef({13 * 9, 64}));
    }

    /// Its weights were made so that bf16 loses nothing of them.
    void bf16CheckpointGivesTheSameNumbers() {
        auto& data = fixture(fixtures[1]);
        const auto stored = load(golden::path("smolvlm/smolvlm-256m-layout/model-bf16"));
        const auto picture = models::PictureTensors{data.pixels("wide")[0], {}};
        QVERIFY(at::allclose(stored->encode(picture, {}, {}), data.model->encode(picture, {}, {}), 0, 1e-5));
        nn::WeightOptions options;
        options.compute = c10::kBFloat16;
        const auto half = load(golden::path("smolvlm/smolvlm-256m-layout/model-bf16"), options);
        const auto near = golden::deviation(half->encode(picture, {}, {}), data.model->encode(picture, {}, {}));
        QVERIFY2(near.cosine > 0.999, qPrintable(QString::number(near.cosine)));
    }

    void smallerNumbersAreNearTheOriginal() {
        auto& data = fixture(fixtures[0]);
        nn::WeightOptions options;
        options.linear = nn::LinearFormat::Int8;
        const auto small = load(golden::path(data.folder + "/model"), options);
        inspect::Trace trace({"llm/logits"});
        nn::Pass pass;
        pass.recorder = &trace;
        small->run({data.pixels("wide"), data.inputs["wide.input_ids"], {}, {}}, {}, pass);
        const auto expected = data.expected["wide.logits_tail"];
        const auto near = golden::deviation(tail(trace.activation("llm/logits").values, expected), expected);
        QVERIFY2(near.cosine > 0.995, qPrintable(QString::number(near.cosine)));
    }

    void refusesInputsThatDoNotFit() {
        auto& data = fixture(fixtures[0]);
        const auto& model = *data.model;
        const auto ids = data.inputs["wide.input_ids"];
        QVERIFY_THROWS_EXCEPTION(Error, model.run({{}, ids, {}, {}}, {}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model.run({data.pixels("square"), ids, {}, {}}, {}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model.run({data.pixels("wide"), ids + 10'000, {}, {}}, {}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model.run({at::ones({1, 3, 40, 42}), {}, {}, {}}, {}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, model.encode({at::ones({3, 42, 42}), {}}, {}, {}));
    }

    void refusesConfigurationsThatDoNotFit_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("word");
        const auto add = [](const char* file, const char* patch, const char* word) {
            QTest::newRow(patch) << file << patch << word;
        };
        add("config.json", R"({"scale_factor": 4})", "scale_factor");
        add("config.json", R"({"scale_factor": 0})", "scale_factor");
        add("config.json", R"({"scale_factor": 1000000000})", "scale_factor");
        add("config.json", R"({"image_seq_len": 81})", "image_seq_len");
        add("config.json", R"({"image_token_id": 356})", "image_token_id");
        add("config.json", R"({"vision_config": {"image_size": 3}})", "patch_size");
        add("config.json", R"({"vision_config": {"image_size": 84}})", "image_seq_len");
        add("config.json", R"({"vision_config": {"num_attention_heads": 5}})", "num_attention_heads");
        add("config.json", R"({"vision_config": {"num_hidden_layers": 4}})", "layers.3");
        add("config.json", R"({"vision_config": []})", "vision_config");
        add("config.json", R"({"text_config": {"model_type": "gpt2"}})", "gpt2");
        add("config.json", R"({"text_config": {"hidden_size": 65}})", "hidden_size");
        add("processor_config.json", R"({"image_seq_len": 64})", "image_seq_len");
        add("preprocessor_config.json", R"({"max_image_size": {"longest_edge": 364}})", "longest_edge");
    }
    void refusesConfigurationsThatDoNotFit() {
        QFETCH(QString, file);
        QFETCH(QString, patch);
        QFETCH(QString, word);
        QTemporaryDir folder;
        for (const auto& entry : std::filesystem::directory_iterator(golden::path(std::string(fixtures[0]) + "/model")))
            std::filesystem::create_symlink(entry.path(),
                                            std::filesystem::path(folder.path().toStdString()) / entry.path().filename());
        const auto path = std::filesystem::path(folder.path().toStdString()) / file.toStdString();
        auto json = golden::json(std::string(fixtures[0]) + "/model/" + file.toStdString());
        json.merge_patch(nlohmann::json::parse(patch.toStdString()));
        std::filesystem::remove(path);
        std::ofstream(path) << json.dump();
        try {
            load(folder.path().toStdString());
            QFAIL("was accepted");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(word), error.what());
        }
    }
};

QTEST_GUILESS_MAIN(Idefics3Test)
#include "idefics3_test.moc"
