#include "core/models/llava_onevision.h"

#include <ATen/ATen.h>

#include <QtTest>

#include "core/files/error.h"
#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using models::LlavaOnevision;

namespace {

/// One of the two families of references, in one of the layouts that its weights are stored in.
struct Case {
    explicit Case(const QString& layout)
        : folder("llava-onevision/" + layout.toStdString()),
          inputs(folder + "/inputs.safetensors"),
          expected(folder + "/expected.safetensors"),
          cases(golden::json(folder + "/expected.json")),
          tolerance(cases["tolerance"]["fp32_abs"].get<double>()) {}

    std::unique_ptr<LlavaOnevision> load(const QString& model = "model", nn::WeightOptions options = {}) const {
        return LlavaOnevision::load(files::ModelFolder::open(golden::path(folder + "/" + model.toStdString())), options);
    }
    /// The pixels of a case as the reference's processor made them of its 8-bit views.
    at::Tensor pixels(const std::string& name) {
        const at::Tensor scaled = (inputs[name + ".pixel_u8"].to(at::kDouble) * (1.0 / 255)).to(at::kFloat);
        return (scaled - 0.5) / 0.5;
    }
    models::RawTensors raw(const std::string& name, const at::Tensor& ids) {
        models::RawTensors raw;
        raw.ids = ids;
        if (!cases["cases"][name].contains("mode")) return raw;
        (cases["cases"][name].contains("frames") ? raw.frames : raw.pixels) = pixels(name);
        if (inputs.has(name + ".image_sizes")) raw.sizes = inputs[name + ".image_sizes"];
        return raw;
    }
    models::RawTensors raw(const std::string& name) { return raw(name, inputs[name + ".input_ids"]); }

    std::string folder;
    golden::Tensors inputs, expected;
    nlohmann::json cases;
    double tolerance;
};

void addCases() {
    QTest::addColumn<QString>("layout");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("name");
    for (const auto& [layout, models] :
         {std::pair<const char*, QStringList>{"ov-0.5b-layout", {"model", "model-newlayout"}}, {"ov-7b-layout", {"model"}}}) {
        const auto cases = golden::json(concat("llava-onevision/", layout, "/expected.json"))["cases"];
        for (const auto& [name, entry] : cases.items())
            for (const auto& model : models)
                QTest::addRow("%s %s %s", layout, qPrintable(model), name.c_str()) << layout << model << QString::fromStdString(name);
    }
}

at::Tensor tail(const at::Tensor& rows, const at::Tensor& like) {
    return rows.narrow(1, rows.size(1) - like.size(1), like.size(1));
}

inspect::Trace traced(const LlavaOnevision& model, const models::RawTensors& raw) {
    inspect::Trace trace({"*"});
    nn::Pass pass;
    pass.recorder = &trace;
    model.run(raw, {}, pass);
    return trace;
}

/// Ids that follow most probably, with a cache.
std::vector<int64_t> greedy(const LlavaOnevision& model, const at::Tensor& embedded, size_t count) {
    auto cache = model.decoder().newCache();
    language::GenerationOptions options;
    options.maxNewTokens = static_cast<int64_t>(count);
    return language::generate(model.decoder(), cache, embedded, {}, options, {}).ids;
}

}  // namespace

class LlavaOnevisionTest : public QObject {
    Q_OBJECT

  private slots:
    void everyTensorMatchesTheReference_data() { addCases(); }
    void everyTensorMatchesTheReference() {
        QFETCH(QString, layout);
        QFETCH(QString, model);
        QFETCH(QString, name);
        Case data(layout);
        const auto key = name.toStdString();
        const auto trace = traced(*data.load(model), data.raw(key));
        int compared = 0;
        const auto compare = [&](const std::string& recorded, const std::string& reference, auto&& part) {
            const auto expected = key + "." + reference;
            if (!data.expected.has(expected)) return;
            const at::Tensor like = data.expected[expected];
            COMPARE_WITHIN(data.tolerance, expected, part(trace.activation(recorded).values, like), like);
            ++compared;
        };
        const auto whole = [](const at::Tensor& values, const at::Tensor&) { return values; };
        // The reference kept the first and the last view of each layer.
        const auto ends = [](const at::Tensor& values, const at::Tensor&) {
            return at::stack({values[0], values[values.size(0) - 1]});
        };
        compare("tower/siglip/embed", "vision_embeddings", ends);
        for (int i = 0; i < 3; ++i) compare(concat("tower/siglip/layer", i), concat("vision_layer.", i), ends);
        compare("fusion/projected", "projector", whole);
        compare("fusion/packed", "packed", whole);
        compare("llm/embed", "merged_embeddings", whole);
        for (int i = 0; i < 3; ++i) compare(concat("llm/layer", i), concat("text_layer.", i), tail);
        compare("llm/norm", "text_norm", tail);
        compare("llm/logits", "logits_tail", tail);
        QVERIFY(compared >= (name == "textonly" ? 2 : 3));
        QCOMPARE(trace.activation("llm/embed").shape[1], data.cases["cases"][key]["prompt_tokens"].get<int64_t>());
    }

    void greedyIdsMatchTheReference_data() { addCases(); }
    void greedyIdsMatchTheReference() {
        QFETCH(QString, layout);
        QFETCH(QString, model);
        QFETCH(QString, name);
        Case data(layout);
        const auto loaded = data.load(model);
        const auto key = name.toStdString();
        const auto expected = golden::ids(data.inputs[key + ".greedy_ids"]);
        const at::Tensor embedded = traced(*loaded, data.raw(key)).activation("llm/embed").values;
        QCOMPARE(greedy(*loaded, embedded, expected.size()), expected);

        // The same without a cache: every id is the most probable one after all before it.
        const at::Tensor answer = loaded->decoder().embed(expected);
        const auto& decoder = loaded->decoder();
        const at::Tensor hidden = decoder.hidden(at::cat({embedded, answer}, 1), at::Tensor(), nn::Pass());
        const at::Tensor logits = decoder.logits(hidden)[0].narrow(0, embedded.size(1) - 1, static_cast<int64_t>(expected.size()));
        QCOMPARE(golden::ids(logits.argmax(-1)), expected);
        const at::Tensor reference = data.expected[key + ".greedy_logits"][0];
        const auto& kept = data.cases["kept_steps_elsewhere"];
        std::vector<int64_t> steps = kept.get<std::vector<int64_t>>();
        if (reference.size(0) != static_cast<int64_t>(steps.size())) steps = golden::ids(at::arange(reference.size(0)));
        COMPARE_WITHIN(data.tolerance, "greedy logits", logits.index_select(0, at::tensor(steps)), reference);
    }

    void theOriginalLayoutMatchesTheOriginalProgram_data() {
        QTest::addColumn<QString>("name");
        const auto cases = golden::json("llava-onevision/ov-0.5b-layout/expected.json")["original"]["cases"];
        for (const auto& [name, entry] : cases.items()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }
    void theOriginalLayoutMatchesTheOriginalProgram() {
        QFETCH(QString, name);
        Case data("ov-0.5b-layout");
        golden::Tensors original(data.folder + "/expected-lmms.safetensors");
        const auto model = data.load("model-lmms");
        const auto key = name.toStdString();
        const auto trace = traced(*model, data.raw(key, original[key + ".input_ids"]));
        const at::Tensor embedded = trace.activation("llm/embed").values;
        if (original.has(key + ".merged_embeddings"))
            COMPARE_WITHIN(data.tolerance, "embeddings", embedded, original[key + ".merged_embeddings"]);
        const auto entry = data.cases["original"]["cases"][key];
        QCOMPARE(embedded.size(1), entry["tokens"].get<int64_t>());
        const auto expected = entry["greedy_ids"].get<std::vector<int64_t>>();
        QCOMPARE(greedy(*model, embedded, expected.size()), expected);
    }

    void encodingGivesThePackedRowsAndTheirNumber_data() { addCases(); }
    void encodingGivesThePackedRowsAndTheirNumber() {
        QFETCH(QString, layout);
        QFETCH(QString, model);
        QFETCH(QString, name);
        Case data(layout);
        const auto key = name.toStdString();
        const auto& entry = data.cases["cases"][key];
        if (!entry.contains("mode")) return;
        const auto loaded = data.load(model);
        const at::Tensor pixels = data.pixels(key);
        const bool video = entry.contains("frames");
        std::vector<at::Tensor> rows;
        for (int64_t i = 0; i < (video ? pixels.size(1) : pixels.size(0)); ++i) {
            models::PictureTensors picture;
            picture.pixels = video ? pixels[0].narrow(0, i, 1) : pixels[i];
            picture.layout.frame = video;
            picture.layout.views = picture.pixels.size(0);
            if (!video) {
                picture.layout.originalHeight = entry["image_sizes_hw"][static_cast<size_t>(i)][0];
                picture.layout.originalWidth = entry["image_sizes_hw"][static_cast<size_t>(i)][1];
            }
            if (entry.contains("best_resolution_hw")) {
                const int64_t side = loaded->config().tower.imageSide;
                picture.layout.tileRows = entry["best_resolution_hw"][0].get<int64_t>() / side;
                picture.layout.tileColumns = entry["best_resolution_hw"][1].get<int64_t>() / side;
            }
            rows.push_back(loaded->encode(picture, {}, {}));
            QCOMPARE(loaded->visualTokens(picture.layout, {}), rows.back().size(0));
        }
        if (video) rows.push_back(loaded->videoEnd());
        COMPARE_WITHIN(data.tolerance, "packed", at::cat(rows), data.expected[key + ".packed"]);
    }

    void listsTheActivationsItRecords() {
        Case data("ov-0.5b-layout");
        const auto model = data.load();
        const auto trace = traced(*model, data.raw("single_wide"));
        models::PictureLayout layout{7, 1, 6, 30, 200, false};
        const auto listed = model->activations(layout, {});
        size_t names = 0;
        for (const auto& info : listed) {
            QVERIFY2(trace.has(info.recorded()), info.name.c_str());
            names += info.name == info.recorded();
            const auto& shape = trace.activation(info.recorded()).shape;
            QCOMPARE(info.shape.back(), shape.back());
            if (!info.isMap || info.row.starts_with("language")) continue;
            // The map's patches are those of its views, without the padding of 200 × 30 on a canvas of 204 × 34.
            const int64_t padding = info.row == "tiles" ? 2 * info.cutTop * info.shape[1] : 0;
            QCOMPARE(info.shape[0] * info.shape[1] + padding, info.viewRows * info.viewColumns * shape[1]);
            QVERIFY(info.firstView + info.viewRows * info.viewColumns <= shape[0]);
        }
        QCOMPARE(names, trace.activations().size());
    }

    void refusesInputsThatDoNotFit() {
        Case data("ov-0.5b-layout");
        const auto model = data.load();
        const auto refuses = [&](const std::function<void(models::RawTensors&)>& spoil) {
            auto raw = data.raw("single_landscape");
            spoil(raw);
            try {
                model->run(raw, {}, {});
            } catch (const Error&) {
                return true;
            }
            return false;
        };
        QVERIFY(!refuses([](auto&) {}));
        QVERIFY(refuses([](auto& raw) { raw.sizes = at::Tensor(); }));
        QVERIFY(refuses([](auto& raw) { raw.sizes = at::full({1, 2}, 100000, at::kLong); }));
        QVERIFY(refuses([](auto& raw) { raw.sizes = at::zeros({1, 2}, at::kLong); }));
        QVERIFY(refuses([](auto& raw) { raw.sizes = at::full({1, 2}, int64_t{1} << 60, at::kLong); }));
        QVERIFY(refuses([](auto& raw) { raw.pixels = raw.pixels.narrow(1, 0, 3); }));
        QVERIFY(refuses([](auto& raw) { raw.pixels = raw.pixels.narrow(4, 0, 20); }));
        QVERIFY(refuses([](auto& raw) { raw.pixels = at::Tensor(); }));
        QVERIFY(refuses([](auto& raw) { raw.ids = raw.ids.narrow(1, 0, 20); }));
        QVERIFY(refuses([](auto& raw) { raw.ids = raw.ids.clone().fill_(384); }));
        QVERIFY(refuses([](auto& raw) { raw.ids = raw.ids.clone().fill_(-5); }));
        QVERIFY(refuses([](auto& raw) { raw.ids = raw.ids.repeat({2, 1}); }));
        models::PictureTensors picture{data.pixels("single_landscape")[0], {5, 1, 2, 45, 60, false}};
        QVERIFY_EXCEPTION_THROWN(model->encode(picture, {}, {}), Error);
    }

    void bfloat16StaysNear() {
        Case data("ov-0.5b-layout");
        nn::WeightOptions options;
        options.compute = at::kBFloat16;
        const auto model = data.load("model-newlayout", options);
        const auto packed = traced(*model, data.raw("single_capped")).activation("fusion/packed").values;
        const auto ratio = (packed.norm() / data.expected["single_capped.packed"].norm()).item<double>();
        QVERIFY2(std::abs(ratio - 1) < 0.02, concat(ratio).c_str());
    }

    void runsOnTheMetaDevice() {
        Case data("ov-7b-layout");
        nn::WeightOptions options;
        options.device = at::kMeta;
        const auto model = data.load("model", options);
        const models::PictureLayout layout{7, 2, 3, 45, 60, false};
        const auto rows = model->encode({at::empty({7, 3, 29, 29}, at::kMeta), layout}, {}, {});
        QCOMPARE(rows.size(0), 329);
        QCOMPARE(model->visualTokens(layout, {}), 329);
    }

    void threeRunsGiveTheSameBits() {
        Case data("ov-0.5b-layout");
        const auto model = data.load();
        const auto run = [&] { return traced(*model, data.raw("single_capped")).activation("llm/logits").values; };
        const at::Tensor first = run(), second = run(), third = run();
        QVERIFY(at::equal(first, second) && at::equal(first, third));
    }
};

QTEST_GUILESS_MAIN(LlavaOnevisionTest)
#include "llava_onevision_test.moc"
