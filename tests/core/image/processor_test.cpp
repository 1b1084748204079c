#include "core/image/processor.h"

#include <cmath>

#include "core/files/error.h"
#include "tests/core/image/processor_golden.h"

using namespace fusionscope;
using namespace fusionscope::image;
using nlohmann::json;

namespace {

json florenceSettings(int side) {
    return {{"size", {{"height", side}, {"width", side}}},
            {"crop_size", {{"height", side}, {"width", side}}},
            {"do_center_crop", false},
            {"do_convert_rgb", nullptr},
            {"image_mean", {0.485, 0.456, 0.406}},
            {"image_std", {0.229, 0.224, 0.225}},
            {"resample", 3}};
}

std::unique_ptr<Processor> florence(const QString& aspect, int side) {
    return makeProcessor("llava_phi", florenceSettings(side), {{"image_aspect_ratio", aspect.toStdString()}},
                         "settings");
}

}  // namespace

class ProcessorTest : public QObject {
    Q_OBJECT

    json m_expected = files::readJson(golden::folder("florence-vl/preprocess/expected.json"));
    files::TensorTable m_tensors =
        files::readSafetensors(golden::folder("florence-vl/preprocess/expected.safetensors")).tensors;

  private slots:
    void florenceVlPicturesEqualTheReference_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("aspect");
        QTest::addColumn<int>("side");
        for (const char* name : {"tall", "wide", "tiny", "gray", "rgba", "palette"})
            for (const char* aspect : {"pad", "square"})
                for (const int side : {48, 768})
                    QTest::addRow("%s.%s.%d", name, aspect, side) << name << aspect << side;
    }
    void florenceVlPicturesEqualTheReference() {
        QFETCH(QString, name);
        QFETCH(QString, aspect);
        QFETCH(int, side);
        const Picture picture =
            readPicture(golden::folder("florence-vl/preprocess/images") / (name + ".png").toStdString());
        const auto& decoded = m_tensors.at(name.toStdString() + ".rgb");
        QCOMPARE(golden::differences(picture.rgb, golden::bytes(decoded)), std::size_t{0});

        // The reference ran with Pillow 13.
        const ProcessedPicture result = florence(aspect, side)->process(picture, {.order = PassOrder::Pillow13});
        const std::string key = (name + "." + aspect + "." + QString::number(side)).toStdString();
        const std::string part = (aspect + "." + QString::number(side)).toStdString();
        QCOMPARE(golden::sha256(result.seen),
                 m_expected["images"][name.toStdString()][part + ".sha256_rgb8"].get<std::string>());

        const bool every16 = side == 768;
        const auto expected = golden::floats(m_tensors.at(key + (every16 ? ".pixel_values_every16" : ".pixel_values")));
        float worst = 0;
        std::size_t at = 0;
        for (int channel = 0; channel < 3; ++channel)
            for (int y = every16 ? 5 : 0; y < side; y += every16 ? 16 : 1)
                for (int x = every16 ? 3 : 0; x < side; x += every16 ? 16 : 1) {
                    const auto index = static_cast<std::size_t>((channel * side + y) * side + x);
                    worst = std::max(worst, std::abs(result.pixels[index] - expected[at++]));
                }
        QCOMPARE(at, expected.size());
        QVERIFY2(worst <= 1e-6f, qPrintable(QString::number(worst)));
    }

    void stretchEqualsSiglipsReference_data() { golden::addProcessedPictures({"siglip", "siglip384"}); }
    void stretchEqualsSiglipsReference() {
        golden::compareProcessedPicture(
            [](const json& settings) {
                return std::make_unique<StretchProcessor>(ProcessorConfig::read(files::Fields(settings, "settings")));
            },
            [](Picture& picture) { picture.rgb = onWhite(picture); });  // the reference was given them so
    }

    void paddedViewMapsBackToThePicture() {
        const ProcessedPicture result =
            florence("pad", 48)->process(golden::plainPicture({200, 100}));
        const PictureTransform& transform = result.transforms.at(0);
        QCOMPARE(transform.toPicture(Point{0, 12}), (Point{0, 0}));
        QCOMPARE(transform.toPicture(Point{48, 36}), (Point{200, 100}));
        QCOMPARE(transform.toView(Point{100, 50}), (Point{24, 24}));
        // Four rows of cells: the first and the last are padding, the others picture.
        QVERIFY(transform.cell(0, 1, 4, 4).empty());
        QCOMPARE(transform.coverage(0, 1, 4, 4), 0.0);
        QCOMPARE(transform.cell(1, 3, 4, 4), (Box{150, 0, 200, 50}));
        QCOMPARE(transform.coverage(1, 3, 4, 4), 1.0);
        QCOMPARE(transform.coverage(0, 0, 3, 3), 0.25);
        // The padding is the mean colour, cut to whole numbers.
        QCOMPARE(int(result.seen[0]), 123);
        QCOMPARE(int(result.seen[1]), 116);
        QCOMPARE(int(result.seen[2]), 103);
        QCOMPARE(int(result.seen[3 * 48 * 24]), 200);
    }

    void stretchedViewMapsBackToThePicture() {
        const ProcessedPicture result =
            florence("square", 64)->process(golden::plainPicture({640, 320}));
        const PictureTransform& transform = result.transforms.at(0);
        QCOMPARE(transform.toPicture(Box{8, 8, 16, 32}), (Box{80, 40, 160, 160}));
        QCOMPARE(transform.toView(Box{80, 40, 160, 160}), (Box{8, 8, 16, 32}));
        QCOMPARE(transform.coverage(0, 0, 5, 5), 1.0);
        QCOMPARE(result.original, (Size{640, 320}));
    }

    void refusesSettingsNoPictureCanHave_data() {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("word");
        QTest::newRow("no size") << R"({"size": null})"
                                 << "size";
        QTest::newRow("size zero") << R"({"size": 0})"
                                   << "size";
        QTest::newRow("size negative") << R"({"size": {"height": -768, "width": 768}})"
                                       << "height";
        QTest::newRow("size huge") << R"({"size": {"height": 1000000000, "width": 1000000000}})"
                                   << "width";
        QTest::newRow("size text") << R"({"size": "768"})"
                                   << "size";
        QTest::newRow("size list") << R"({"size": [768, 768]})"
                                   << "size";
        QTest::newRow("size fraction") << R"({"size": 767.5})"
                                       << "size";
        QTest::newRow("shortest edge only") << R"({"size": {"height": null, "width": null, "shortest_edge": 336}})"
                                            << "width";
        QTest::newRow("unknown filter") << R"({"resample": 9})"
                                        << "resample";
        QTest::newRow("filter text") << R"({"resample": "bicubic"})"
                                     << "resample";
        QTest::newRow("no mean") << R"({"image_mean": null})"
                                 << "image_mean";
        QTest::newRow("two means") << R"({"image_mean": [0.5, 0.5]})"
                                   << "image_mean";
        QTest::newRow("huge mean") << R"({"image_mean": [1e300, 0.5, 0.5]})"
                                   << "image_mean";
        QTest::newRow("deviation zero") << R"({"image_std": [0, 0.5, 0.5]})"
                                        << "image_std";
        QTest::newRow("deviation negative") << R"({"image_std": [-1, 0.5, 0.5]})"
                                            << "image_std";
        QTest::newRow("factor zero") << R"({"rescale_factor": 0})"
                                     << "rescale_factor";
        QTest::newRow("no resizing") << R"({"do_resize": false})"
                                     << "do_resize";
        QTest::newRow("flag is text") << R"({"do_normalize": "yes"})"
                                      << "do_normalize";
        QTest::newRow("centre crop") << R"({"do_center_crop": true, "crop_size": 24})"
                                     << "crop_size";
    }
    void refusesSettingsNoPictureCanHave() {
        QFETCH(QString, patch);
        QFETCH(QString, word);
        json settings = florenceSettings(48);
        settings.merge_patch(json::parse(patch.toStdString()));
        try {
            makeProcessor("florence2", settings, json::object(), "preprocessor_config.json");
            QFAIL("was accepted");
        } catch (const Error& error) {
            const QString text = error.what();
            QVERIFY2(text.contains("preprocessor_config.json") && text.contains(word), error.what());
        }
    }

    /// What pictures are known again by must not depend on what changes nothing.
    void oneViewIsTheSameInEveryUse() {
        const auto processor = florence("pad", 48);
        const ProcessOptions options{PassOrder::Pillow13, PictureUse::OneOfSeveral, false, false};
        const auto effective = processor->effective(options);
        QVERIFY(effective.order == PassOrder::Pillow13 && effective.use == PictureUse::Alone && effective.tiles &&
                effective.white);
        const auto picture = golden::plainPicture({30, 20});
        QVERIFY(processor->process(picture, options).seen == processor->process(picture, effective).seen);
        QCOMPARE(processor->layout({30, 20}, options).views, 1);
    }

    void refusesFamiliesAndPaddingsItDoesNotKnow() {
        QVERIFY_EXCEPTION_THROWN(makeProcessor("whisper", florenceSettings(48), json::object(), "p"), Error);
        QVERIFY_EXCEPTION_THROWN(florence("anyres", 48), Error);
        QCOMPARE(makeProcessor("florence2", florenceSettings(48), json::object(), "p")->viewSize(), (Size{48, 48}));
    }
};

QTEST_GUILESS_MAIN(ProcessorTest)
#include "processor_test.moc"
