#include "core/image/idefics3_processor.h"

#include "core/files/error.h"
#include "tests/core/image/processor_golden.h"

using namespace fusionscope;
using namespace fusionscope::image;
using nlohmann::json;

namespace {

json settings(int tile, int longest) {
    return {{"size", {{"longest_edge", longest}}},        {"max_image_size", {{"longest_edge", tile}}},
            {"image_mean", {0.5, 0.5, 0.5}},              {"image_std", {0.5, 0.5, 0.5}},
            {"resample", 1},                              {"do_image_splitting", true}};
}

std::unique_ptr<Processor> processorOf(const json& preprocessor) {
    return makeProcessor("idefics3", preprocessor, json::object(), "preprocessor_config.json");
}

Picture picture(Size size) { return golden::plainPicture(size, 90); }

}  // namespace

class Idefics3ProcessorTest : public QObject {
    Q_OBJECT

  private slots:
    /// Every kind of file at tiny and at published sizes; the references were made with Pillow 13.
    void viewsEqualTheReference_data() { golden::addProcessedPictures({"idefics3", "idefics3_364", "smolvlm_512"}); }
    void viewsEqualTheReference() { golden::compareProcessedPicture(processorOf); }

    /// The pictures of the model's references, one or several a conversation, split or not.
    void viewsOfTheModelsReferencesAreEqual_data() {
        QTest::addColumn<QString>("fixture");
        QTest::addColumn<QString>("name");
        for (const char* fixture :
             {"idefics3/idefics3-8b-layout", "smolvlm/smolvlm-256m-layout", "smolvlm/smolvlm2-layout"}) {
            const json expected = files::readJson(golden::folder(fixture) / "expected.json");
            for (const auto& [name, entry] : expected["cases"].items())
                if (!entry["images"].empty())
                    QTest::addRow("%s %s", fixture, name.c_str()) << fixture << QString::fromStdString(name);
        }
    }
    void viewsOfTheModelsReferencesAreEqual() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        const auto folder = golden::folder(fixture.toUtf8());
        const json entry = files::readJson(folder / "expected.json")["cases"][name.toStdString()];
        const auto processor = processorOf(files::readJson(folder / "model/preprocessor_config.json"));
        std::vector<std::uint8_t> all;
        std::size_t number = 0;
        for (const auto& file : entry["images"]) {
            ProcessOptions options{.order = PassOrder::Pillow13};
            options.tiles = entry["image_kwargs"].value("do_image_splitting", true);
            options.use = entry["images"].size() > 1 ? PictureUse::OneOfSeveral : PictureUse::Alone;
            const auto source = readPicture(folder / "images" / file.get<std::string>());
            const auto result = processor->process(source, options);
            QCOMPARE(result.tileRows, entry["rows"][number].get<int>());
            QCOMPARE(result.tileColumns, entry["cols"][number++].get<int>());
            const auto layout = processor->layout(source.size, options);
            QCOMPARE(layout.views, result.views);
            QCOMPARE(layout.overview, result.views - 1);
            const auto views = golden::planes(result);
            all.insert(all.end(), views.begin(), views.end());
        }
        const auto tensors = files::readSafetensors(folder / "inputs.safetensors").tensors;
        QCOMPARE(golden::differences(all, golden::bytes(tensors.at(name.toStdString() + ".pixel_u8"))), std::size_t{0});
    }

    /// Sizes from the rules, worked out by hand.
    void cutsPicturesByTheirShape_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::newRow("photograph") << 1000 << 667 << 3 << 4;
        QTest::newRow("film") << 1920 << 1080 << 3 << 4;
        QTest::newRow("small square") << 100 << 100 << 4 << 4;
        QTest::newRow("upright") << 667 << 1000 << 4 << 3;
        QTest::newRow("banner") << 3000 << 500 << 1 << 4;
        QTest::newRow("ribbon") << 50 << 2000 << 4 << 1;
        QTest::newRow("line") << 60000 << 1 << 1 << 4;
        QTest::newRow("one pixel") << 1 << 1 << 4 << 4;
    }
    void cutsPicturesByTheirShape() {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, rows);
        QFETCH(int, columns);
        const auto layout = processorOf(settings(364, 1456))->layout({width, height}, {});
        QCOMPARE(layout.tileRows, rows);
        QCOMPARE(layout.tileColumns, columns);
        QCOMPARE(layout.views, rows * columns + 1);
        QCOMPARE(layout.overview, rows * columns);
    }

    void tilesMapBackToThePicture() {
        const auto result = processorOf(settings(40, 160))->process(picture({320, 200}), {});
        QCOMPARE(result.tileRows, 3);
        QCOMPARE(result.tileColumns, 4);
        const auto& second = result.transforms.at(1);
        QCOMPARE(second.toPicture(Point{0, 0}), (Point{80, 0}));
        QCOMPARE(second.toPicture(Point{40, 0}).x, 160.0);
        // Three tiles high are stretched over two and a half tiles' worth of picture.
        QVERIFY(std::abs(second.toPicture(Point{0, 40}).y - 200.0 / 3) < 1e-9);
        const auto& last = result.transforms.at(11);
        const Point corner = last.toPicture(Point{40, 40});
        QVERIFY(std::abs(corner.x - 320) < 1e-9 && std::abs(corner.y - 200) < 1e-9);
        QCOMPARE(result.transform().toPicture(Point{20, 20}), (Point{160, 100}));
        QCOMPARE(result.transform().view, (Size{40, 40}));
    }

    void oneViewIsMadeWhereThatIsWanted() {
        const auto tiled = processorOf(settings(40, 160));
        QCOMPARE(tiled->layout({320, 200}, {.tiles = false}).views, 1);
        QCOMPARE(tiled->layout({320, 200}, {.use = PictureUse::Frame}).views, 1);
        QCOMPARE(tiled->process(picture({320, 200}), {.tiles = false}).seen.size(), std::size_t{40 * 40 * 3});
        QCOMPARE(processorOf(settings(40, 40))->layout({320, 200}, {}).views, 1);
        auto never = settings(40, 160);
        never["do_image_splitting"] = false;
        QCOMPARE(processorOf(never)->layout({320, 200}, {}).views, 1);
    }

    void transparencyIsBlendedOrDropped() {
        auto glass = picture({40, 40});
        glass.alpha.assign(1600, 0);
        const auto processor = processorOf(settings(40, 40));
        QCOMPARE(int(processor->process(glass, {}).seen[0]), 255);
        QCOMPARE(int(processor->process(glass, {.white = false}).seen[0]), 90);
    }

    void refusesSettingsNoPictureCanHave_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("word");
        const auto add = [](const char* patch, const char* word) { QTest::newRow(patch) << patch << word; };
        add(R"({"max_image_size": {"longest_edge": 0}})", "longest_edge");
        add(R"({"max_image_size": {"longest_edge": -364}})", "longest_edge");
        add(R"({"max_image_size": {"longest_edge": 1000000000}})", "longest_edge");
        add(R"({"max_image_size": {"longest_edge": null}})", "longest_edge");
        add(R"({"max_image_size": {"longest_edge": "364"}})", "longest_edge");
        add(R"({"max_image_size": {"longest_edge": 363.5}})", "longest_edge");
        add(R"({"max_image_size": 364})", "max_image_size");
        add(R"({"max_image_size": {"longest_edge": 16}, "size": {"longest_edge": 4096}})", "tiles");
        add(R"({"size": {"longest_edge": 1000000000}})", "longest_edge");
        add(R"({"size": {"longest_edge": 0}})", "longest_edge");
        add(R"({"size": {"longest_edge": null, "height": 384, "width": 384}})", "longest_edge");
        add(R"({"size": null})", "size");
        add(R"({"size": [1456]})", "size");
        add(R"({"image_mean": null})", "image_mean");
        add(R"({"image_mean": [0.5]})", "image_mean");
        add(R"({"image_std": [0.5, 0.5, 0]})", "image_std");
        add(R"({"image_std": null})", "image_std");
        add(R"({"rescale_factor": 0})", "rescale_factor");
        add(R"({"resample": 6})", "resample");
        add(R"({"do_resize": false})", "do_resize");
        add(R"({"do_image_splitting": "yes"})", "do_image_splitting");
    }
    void refusesSettingsNoPictureCanHave() {
        QFETCH(QString, patch);
        QFETCH(QString, word);
        json changed = settings(364, 1456);
        changed.merge_patch(json::parse(patch.toStdString()));
        try {
            processorOf(changed);
            QFAIL("was accepted");
        } catch (const Error& error) {
            const QString text = error.what();
            QVERIFY2(text.contains("preprocessor_config.json") && text.contains(word), error.what());
        }
    }
};

QTEST_GUILESS_MAIN(Idefics3ProcessorTest)
#include "idefics3_processor_test.moc"
