#include "core/image/llava_onevision_processor.h"

#include "core/files/error.h"
#include "tests/core/image/processor_golden.h"

using namespace fusionscope;
using namespace fusionscope::image;
using nlohmann::json;

namespace {

json settings(int side) {
    return {{"size", {{"height", side}, {"width", side}}},
            {"image_mean", {0.5, 0.5, 0.5}},
            {"image_std", {0.5, 0.5, 0.5}},
            {"resample", 3}};
}

std::unique_ptr<Processor> processorOf(const json& preprocessor) {
    return makeProcessor("llava_onevision", preprocessor, {{"model_type", "llava_onevision"}},
                         "preprocessor_config.json");
}

}  // namespace

class LlavaOnevisionProcessorTest : public QObject {
    Q_OBJECT

  private slots:
    void everyPictureEqualsTheReference_data() { golden::addProcessedPictures({"llava_ov", "llava_ov_384"}); }
    void everyPictureEqualsTheReference() { golden::compareProcessedPicture(processorOf); }

    void everyConversationsPicturesEqualTheReference_data() {
        QTest::addColumn<QString>("layout");
        QTest::addColumn<QString>("name");
        for (const char* layout : {"ov-0.5b-layout", "ov-7b-layout"}) {
            const json expected =
                files::readJson(golden::folder("llava-onevision") / layout / "expected.json");
            for (const auto& [name, entry] : expected["cases"].items())
                if (entry.contains("mode")) QTest::addRow("%s %s", layout, name.c_str()) << layout << QString::fromStdString(name);
        }
    }
    void everyConversationsPicturesEqualTheReference() {
        QFETCH(QString, layout);
        QFETCH(QString, name);
        const auto folder = golden::folder("llava-onevision") / layout.toStdString();
        const json entry = files::readJson(folder / "expected.json")["cases"][name.toStdString()];
        const auto inputs = files::readSafetensors(folder / "inputs.safetensors").tensors;
        const auto processor = processorOf(files::readJson(folder / "model/preprocessor_config.json"));
        const bool video = entry.contains("frames");
        const auto names = entry[video ? "frames" : "images"].get<std::vector<std::string>>();
        ProcessOptions options;
        options.order = PassOrder::Pillow13;
        options.use = video              ? PictureUse::Frame
                      : names.size() > 1 ? PictureUse::OneOfSeveral
                                         : PictureUse::Alone;
        std::vector<std::uint8_t> found;
        for (const auto& file : names) {
            const auto result = processor->process(readPicture(folder / "images" / file), options);
            const auto part = golden::planes(result);
            found.insert(found.end(), part.begin(), part.end());
        }
        QCOMPARE(golden::differences(found, golden::bytes(inputs.at(name.toStdString() + ".pixel_u8"))), std::size_t{0});
    }

    void anOriginalCheckpointNeedsNoFile() {
        const auto folder = golden::folder("llava-onevision/ov-0.5b-layout");
        const auto original =
            makeProcessor("llava", nullptr, files::readJson(folder / "model-lmms/config.json"), "model-lmms");
        const auto native = processorOf(files::readJson(folder / "model/preprocessor_config.json"));
        const auto picture = readPicture(folder / "images/single_wide_0_200x30.png");
        QVERIFY(original->process(picture).seen == native->process(picture).seen);
        QVERIFY(original->process(picture).pixels == native->process(picture).pixels);
        const auto published = makeProcessor(
            "llava_qwen", nullptr,
            {{"model_type", "llava_qwen"}, {"image_grid_pinpoints", "(1x1),...,(6x6)"}}, "folder");
        QCOMPARE(published->viewSize(), (Size{384, 384}));
        QCOMPARE(published->layout({1920, 1080}).views, 16);
        QVERIFY_EXCEPTION_THROWN(processorOf(nullptr), Error);
    }

    /// Pillow 12 and older resize in another order, which shows where the height shrinks far more than the width.
    void theOrderOfThePassesIsAChoiceForEveryView() {
        const auto processor = processorOf(settings(34));
        const auto picture = readPicture(golden::folder("llava-onevision/ov-0.5b-layout/images/single_tall_0_20x170.png"));
        const auto older = processor->process(picture), newer = processor->process(picture, {.order = PassOrder::Pillow13});
        QCOMPARE(older.views, newer.views);
        const auto bytes = older.seenView(0).bytes();
        QVERIFY(golden::differences({older.seen.data(), bytes}, {newer.seen.data(), bytes}) > 0);
    }

    void tilesMapBackToThePicture() {
        const auto result = processorOf(settings(34))->process(golden::plainPicture({60, 45}));
        QCOMPARE(result.tileRows, 2);
        QCOMPARE(result.tileColumns, 2);
        QCOMPARE(result.overview, 0);
        QCOMPARE(result.transforms.size(), std::size_t{5});
        QCOMPARE(result.transform().toPicture(Point{34, 34}), (Point{60, 45}));
        // The canvas of 68 × 68 holds the picture as 68 × 51, 8 rows from its top.
        const auto& upperLeft = result.transforms.at(1);
        QCOMPARE(upperLeft.toPicture(Point{0, 8}), (Point{0, 0}));
        const auto& lowerRight = result.transforms.at(4);
        const auto corner = lowerRight.toPicture(Point{34, 25});
        QVERIFY(std::abs(corner.x - 60) < 1e-9 && std::abs(corner.y - 45) < 1e-9);
        const auto middle = lowerRight.toPicture(Point{0, 0});
        QVERIFY(std::abs(middle.x - 30) < 1e-9);
        // Padding is black and belongs to no place of the picture.
        QCOMPARE(int(result.seenView(1).data[0]), 0);
        QCOMPARE(int(result.seenView(1).row(8)[0]), 200);
        QVERIFY(upperLeft.cell(0, 0, 17, 17).empty());
        QCOMPARE(upperLeft.coverage(4, 0, 17, 17), 1.0);
    }

    void oneOfSeveralAndFramesAreOneView() {
        const auto processor = processorOf(settings(34));
        const Picture wide = golden::plainPicture({200, 100});
        const auto padded = processor->process(wide, {.use = PictureUse::OneOfSeveral});
        const auto frame = processor->process(wide, {.use = PictureUse::Frame});
        const auto untiled = processor->process(wide, {.tiles = false});
        QCOMPARE(padded.views, 1);
        QCOMPARE(frame.views, 1);
        QCOMPARE(int(padded.seen[0]), 127);
        QCOMPARE(int(frame.seen[0]), 200);
        QVERIFY(untiled.seen == padded.seen);
        QCOMPARE(processor->layout(wide.size, {.use = PictureUse::Frame}).views, 1);
    }

    void transparencyIsWhiteUnlessItIsToBeDropped() {
        Picture picture = golden::plainPicture({40, 40});
        picture.alpha.assign(1600, 0);
        const auto processor = processorOf(settings(34));
        QCOMPARE(int(processor->process(picture).seen[0]), 255);
        QCOMPARE(int(processor->process(picture, {.white = false}).seen[0]), 200);
    }

    void takesPicturesOfEveryShape() {
        const auto processor = processorOf(settings(34));
        for (const Size size : {Size{1, 1}, Size{1, 4000}, Size{4000, 1}, Size{3, 2}, Size{2000, 2000}}) {
            const auto result = processor->process(golden::plainPicture(size));
            QCOMPARE(result.views, 1 + result.tileRows * result.tileColumns);
            QCOMPARE(result.pixels.size(), static_cast<std::size_t>(result.views) * 3 * 34 * 34);
            QCOMPARE(result.transforms.size(), static_cast<std::size_t>(result.views));
        }
    }

    void refusesSettingsThatMakeNoViews_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* name, const char* patch, const char* word) {
            QTest::newRow(name) << patch << word;
        };
        row("no size", R"({"size": null})", "size");
        row("tile of 0", R"({"size": {"height": 0, "width": 0}})", "size");
        row("tile of 10^9", R"({"size": {"height": 1000000000, "width": 1000000000}})", "size");
        row("tile not square", R"({"size": {"height": 34, "width": 68}})", "size");
        row("no mean", R"({"image_mean": null})", "image_mean");
        row("two means", R"({"image_mean": [0.5, 0.5]})", "image_mean");
        row("no deviation", R"({"image_std": null})", "image_std");
        row("deviation 0", R"({"image_std": [0.5, 0, 0.5]})", "image_std");
        row("filter unknown", R"({"resample": 9})", "resample");
        row("tile of a fraction", R"({"size": {"height": 33.5, "width": 33.5}})", "size");
        row("size is a text", R"({"size": "34"})", "size");
        row("deviation negative", R"({"image_std": [0.5, -0.5, 0.5]})", "image_std");
        row("mean of 10^300", R"({"image_mean": [1e300, 0.5, 0.5]})", "image_mean");
        row("factor 0", R"({"rescale_factor": 0})", "rescale_factor");
        row("no resizing", R"({"do_resize": false})", "do_resize");
        row("flag is a text", R"({"do_normalize": "yes"})", "do_normalize");
        row("no canvas", R"({"image_grid_pinpoints": []})", "image_grid_pinpoints");
        row("canvas of 10^9", R"({"image_grid_pinpoints": [[1000000000, 1000000000]]})", "image_grid_pinpoints");
        row("canvas of 10^9 tiles", R"({"image_grid_pinpoints": [[34, 999999990]]})", "image_grid_pinpoints");
        row("canvas of no whole tiles", R"({"image_grid_pinpoints": [[34, 35]]})", "image_grid_pinpoints");
        row("canvas of 0", R"({"image_grid_pinpoints": [[0, 34]]})", "image_grid_pinpoints");
        row("canvas of texts", R"({"image_grid_pinpoints": [["34", "34"]]})", "image_grid_pinpoints");
    }
    void refusesSettingsThatMakeNoViews() {
        QFETCH(QString, patch);
        QFETCH(QString, word);
        json spoilt = settings(34);
        spoilt.merge_patch(json::parse(patch.toStdString()));
        try {
            processorOf(spoilt);
            QFAIL("was accepted");
        } catch (const Error& error) {
            const QString text = error.what();
            QVERIFY2(text.contains("preprocessor_config.json") && text.contains(word) && !text.contains('\n'), error.what());
        }
    }
};

QTEST_GUILESS_MAIN(LlavaOnevisionProcessorTest)
#include "llava_onevision_processor_test.moc"
