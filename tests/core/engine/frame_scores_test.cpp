#include "core/engine/frame_scores.h"

#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <numeric>

#include "core/engine/alignment.h"
#include "core/engine/frame_atlas.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

const std::filesystem::path root = FUSIONSCOPE_SOURCE_DIR;

/// A frame with a bright square at a place, whose colour tells the frame.
PictureHandle frame(int number) {
    image::Picture picture;
    picture.size = {48, 36};
    picture.rgb.assign(48 * 36 * 3, 40);
    for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 12; ++x) {
            auto* pixel = &picture.rgb[static_cast<size_t>(3 * ((y + 12) * 48 + x + 8 * number))];
            pixel[0] = 250;
            pixel[1] = static_cast<uint8_t>(60 * number);
            pixel[2] = 20;
        }
    return PictureHandle::of(std::move(picture));
}

VideoFrames video(int frames) {
    VideoFrames result;
    for (int i = 0; i < frames; ++i) {
        result.frames.push_back(frame(i));
        result.times.seconds.push_back(0.5 * i);
    }
    result.times.duration = 0.5 * frames;
    return result;
}

FrameScore score(FrameScore::Kind kind, const std::string& text = {}) {
    FrameScore result;
    result.kind = kind;
    result.text = text;
    return result;
}

}  // namespace

/// Scores and maps of a video's frames, of one family of each kind.
class FrameScoresTest : public QObject {
    Q_OBJECT

    std::map<QString, std::shared_ptr<Model>> m_models;

    Model& model(const QString& folder) {
        auto& found = m_models[folder];
        if (!found) {
            LoadOptions options;
            options.precision = Precision::Fp32;
            options.threads = 1;
            found = Model::load(root / folder.toStdString(), options);
        }
        return *found;
    }
    static void addFamilies() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<int>("bars");  // of the agreement
        QTest::newRow("florence-vl") << "tests/golden/florence-vl/llama3-tiny-a/model" << 4;
        QTest::newRow("llava-onevision") << "tests/golden/llava-onevision/ov-0.5b-layout/model" << 1;
        QTest::newRow("smolvlm2") << "tests/golden/smolvlm/smolvlm2-layout/model" << 1;
        QTest::newRow("idefics3") << "tests/golden/idefics3/idefics3-8b-layout/model" << 1;
    }

  private slots:
    void wordsAreScoredAsInOnePicture_data() { addFamilies(); }
    void wordsAreScoredAsInOnePicture() {
        QFETCH(QString, folder);
        QFETCH(int, bars);
        auto& model = this->model(folder);
        const auto shown = video(3);
        auto encoding = model.encodeOptions();
        const auto scores = scoreFrames(model, shown, {score(FrameScore::Kind::Words, "two birds"), score(FrameScore::Kind::Agreement, "two birds")},
                                        encoding);
        QCOMPARE(scores.times.seconds, shown.times.seconds);
        QCOMPARE(scores.curves.size(), static_cast<size_t>(2 + bars));
        QCOMPARE(scores.curves[0].name, std::string("two"));
        for (const auto& curve : scores.curves) {
            QCOMPARE(curve.values.size(), size_t{3});
            for (const double value : curve.values) QVERIFY(value >= -1.000001 && value <= 1.000001);
            QVERIFY(curve.values[0] != curve.values[2]);
        }
        for (size_t i = 0; i < 3; ++i) {
            const auto& map = scores.curves[1].maps.at(i);
            QCOMPARE(map.values.size(), static_cast<size_t>(map.rows * map.columns));
            QCOMPARE(scores.curves[1].values[i], double(*std::ranges::max_element(map.values)));
        }
        QVERIFY(scores.curves[2].maps.empty());
        // A frame is seen like a picture by families that do not pool frames and do not cut this picture.
        if (!model.summary().fuses) return;
        const auto alone = wordAlignment(model, shown.frames[1], "two birds", "", encoding);
        QCOMPARE(alone.words[1].cosines.values, scores.curves[1].maps[1].values);
        for (int bar = 0; bar < bars; ++bar)
            QCOMPARE(alone.agreement[static_cast<size_t>(bar)], scores.curves[static_cast<size_t>(2 + bar)].values[1]);
    }

    void wordsLieInPicturesOfEveryFamily_data() { addFamilies(); }
    void wordsLieInPicturesOfEveryFamily() {
        QFETCH(QString, folder);
        QFETCH(int, bars);
        auto& model = this->model(folder);
        const auto encoding = model.encodeOptions();
        const auto found = wordAlignment(model, frame(1), "two birds", "layer0", encoding);
        QCOMPARE(found.layer, std::string("layer0"));
        const auto rows = model.featureMaps({"llm/embed*"}, frame(1), "two birds", encoding);
        // The finest map of what the language model is given.
        QCOMPARE(found.words.size(), size_t{2});
        QCOMPARE(found.words[0].cosines.rows, rows.back().rows);
        QCOMPARE(found.words[0].cosines.columns, rows.back().columns);
        QCOMPARE(found.bars.size(), model.summary().fuses ? static_cast<size_t>(bars) : rows.size());
        if (!model.summary().fuses) QCOMPARE(found.bars.front(), std::string("image"));
        QVERIFY_EXCEPTION_THROWN(wordAlignment(model, frame(1), "two", "layer99", encoding), Error);
        QVERIFY_EXCEPTION_THROWN(wordAlignment(model, frame(1), " ", "", encoding), Error);
    }

    void aPatchIsMostLikeItself_data() { addFamilies(); }
    void aPatchIsMostLikeItself() {
        QFETCH(QString, folder);
        auto& model = this->model(folder);
        auto patch = score(FrameScore::Kind::Patch);
        patch.frame = 1;
        patch.x = 0.3;
        patch.y = 0.4;
        auto inTower = patch;
        inTower.activation = model.summary().fuses ? "tower/davit/stage2" : "tower/siglip/layer1";
        const auto scores = scoreFrames(model, video(3), {patch, inTower}, model.encodeOptions());
        QCOMPARE(scores.curves.size(), size_t{2});
        for (const auto& curve : scores.curves) {
            QVERIFY2(std::abs(curve.values[1] - 1) < 1e-5, curve.name.c_str());
            const auto& own = curve.maps[1];
            const auto best = std::ranges::max_element(own.values) - own.values.begin();
            QCOMPARE(best / own.columns, std::ptrdiff_t(0.4 * own.rows));
            QCOMPARE(best % own.columns, std::ptrdiff_t(0.3 * own.columns));
            QVERIFY(curve.values[0] < 1 && curve.values[2] < 1);
        }
        QVERIFY(scores.curves[0].name != scores.curves[1].name);
        patch.frame = 3;
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(3), {patch}, model.encodeOptions()), Error);
        inTower.activation = "tower/*";
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(3), {inTower}, model.encodeOptions()), Error);
    }

    void answersAreScoredWithOneFrameShown_data() { addFamilies(); }
    void answersAreScoredWithOneFrameShown() {
        QFETCH(QString, folder);
        auto& model = this->model(folder);
        auto answer = score(FrameScore::Kind::Answer, "red");
        answer.question = "Which colour?";
        const auto shown = video(2);
        const auto scores = scoreFrames(model, shown, {answer}, model.encodeOptions());
        QCOMPARE(scores.curves.size(), size_t{1});
        QVERIFY(scores.curves[0].values[0] != scores.curves[0].values[1]);
        ChatRequest request;
        request.messages = {{text::Role::User, {text::ContentItem::video(), text::ContentItem::ofText("Which colour?")}}};
        request.encoding = model.encodeOptions();
        request.videos = {{{shown.frames[1]}, {{0.5}, 1}}};
        const auto all = model.score(request, model.tokenizer().encode("red", {.addSpecial = false, .parseSpecial = false}));
        // What is read anew differs, and with it the order of additions.
        const double expected = std::accumulate(all.begin(), all.end(), 0.0);
        QVERIFY(std::abs(scores.curves[0].values[1] - expected) < 1e-5 * std::abs(expected));
        QVERIFY(expected < 0);
    }

    void framesThatWereSeenAreNotEncodedAgain_data() { addFamilies(); }
    void framesThatWereSeenAreNotEncodedAgain() {
        QFETCH(QString, folder);
        auto& model = this->model(folder);
        model.forget();
        const auto shown = video(3);
        ChatRequest request;
        request.messages = {{text::Role::User, {text::ContentItem::video(), text::ContentItem::ofText("What?")}}};
        request.encoding = model.encodeOptions();
        request.generation.maxNewTokens = 1;
        request.videos = {shown};
        model.chat(request);
        const auto runs = model.towerRuns();
        auto answer = score(FrameScore::Kind::Answer, "red");
        scoreFrames(model, shown, {score(FrameScore::Kind::Words, "two"), score(FrameScore::Kind::Agreement, "two"),
                                   score(FrameScore::Kind::Patch), answer},
                    model.encodeOptions());
        QCOMPARE(model.towerRuns(), runs);
        auto longer = shown;
        longer.frames.push_back(frame(4));
        longer.times.seconds.push_back(9);
        scoreFrames(model, longer, {score(FrameScore::Kind::Words, "two")}, model.encodeOptions());
        QCOMPARE(model.towerRuns(), runs + 1);
    }

    void tablesHaveALineForEachFrame() {
        FrameScores scores;
        scores.times = {{0, 1.25}, 2};
        scores.curves = {{"dog, large", "cosine", {0.5, -0.25}, {}}, {"answer: yes", "log-probability", {-1e-3, -7}, {}}};
        QCOMPARE(framesCsv(scores), std::string("frame,seconds,\"dog, large (cosine)\",answer: yes (log-probability)\r\n"
                                                "0,0,0.5,-0.001\r\n1,1.25,-0.25,-7\r\n"));
    }

    void refusesWhatCannotBeScored() {
        auto& model = this->model("tests/golden/smolvlm/smolvlm2-layout/model");
        const auto encoding = model.encodeOptions();
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, {}, {score(FrameScore::Kind::Words, "two")}, encoding), Error);
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(2), {}, encoding), Error);
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(2), {score(FrameScore::Kind::Words, "")}, encoding), Error);
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(2), {score(FrameScore::Kind::Answer, "")}, encoding), Error);
        auto timeless = video(2);
        timeless.times.seconds.pop_back();
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, timeless, {score(FrameScore::Kind::Words, "two")}, encoding), Error);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(scoreFrames(model, video(2), {score(FrameScore::Kind::Words, "two")}, encoding, {stop.get_token(), {}}), Stopped);
    }

    void mapsStandSideBySideInOneBasis_data() { addFamilies(); }
    void mapsStandSideBySideInOneBasis() {
        QFETCH(QString, folder);
        auto& model = this->model(folder);
        FrameAtlasRun run;
        run.encoding = model.encodeOptions();
        const auto shown = video(3);
        const auto atlas = makeFrameAtlas(model, shown, run);
        QCOMPARE(atlas.columns, (std::vector<std::string>{"0:00", "0:00.5", "0:01"}));
        QCOMPARE(atlas.cells.size(), 3 * atlas.rows.size());
        for (const auto& cell : atlas.cells) {
            QVERIFY(cell.activation.reachesLanguageModel);
            QVERIFY(cell.features->name.starts_with(concat("frame", cell.column, "/")));
            QCOMPARE(cell.features->name, cell.activation.name);
        }
        QCOMPARE(atlas.bases.size(), atlas.rows.size());
        const auto& projected = atlas.cells.back();
        const auto own = model.featureMaps({projected.activation.name.substr(7)}, shown.frames[2], "", run.encoding, {},
                                           image::PictureUse::Frame);
        QCOMPARE(projected.features->data, own.at(0).data);

        run.columns = {"projected", "layer1"};
        run.prompt = "What happens?";
        const auto more = makeFrameAtlas(model, video(2), run);
        QVERIFY(std::ranges::any_of(more.cells, [](const auto& cell) { return cell.activation.name == "frame1/llm/layer1"; }));
        QVERIFY_EXCEPTION_THROWN(makeFrameAtlas(model, {}, run), Error);
    }

    void aPlaceOfOneFrameIsLookedForInAll() {
        auto& model = this->model("tests/golden/llava-onevision/ov-0.5b-layout/model");
        FrameAtlasRun run;
        run.encoding = model.encodeOptions();
        run.columns = {"projected"};
        run.map.kind = MapKind::Similarity;
        run.map.selection = {{0.3, 0.4, 0.3, 0.4}};
        run.map.selectionColumn = 1;
        const auto atlas = makeFrameAtlas(model, video(3), run);
        const auto most = [&](size_t cell) {
            return *std::ranges::max_element(std::get<inspect::ScalarMap>(atlas.cells[cell].drawing).values);
        };
        QVERIFY(std::abs(most(1) - 1) < 1e-6);
        QVERIFY(most(0) < 1 && most(2) < 1);
        QCOMPARE(atlas.cells[0].range.high, atlas.cells[1].range.high);  // equal colours are equal cosines
        QCOMPARE(atlas.cells[0].range.low, atlas.cells[2].range.low);
        run.map.selectionColumn = 3;
        QVERIFY_EXCEPTION_THROWN(makeFrameAtlas(model, video(3), run), Error);
    }

    void timesAreShort() {
        QCOMPARE(timeText(0), std::string("0:00"));
        QCOMPARE(timeText(61.5), std::string("1:01.5"));
        QCOMPARE(timeText(3723.25), std::string("1:02:03.25"));
        QCOMPARE(timeText(59.999), std::string("1:00"));
    }
};

QTEST_GUILESS_MAIN(FrameScoresTest)
#include "frame_scores_test.moc"
