#include <QtTest>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/engine/alignment.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;
using fusion::Block;

namespace {

const std::filesystem::path root = FUSIONSCOPE_SOURCE_DIR;

std::vector<std::string> namesOf(const std::vector<AlignmentPart>& parts) {
    std::vector<std::string> names;
    for (const auto& part : parts) names.push_back(part.name);
    return names;
}

}  // namespace

/// Runs over captioned pictures, on the bundled model and a part of the sample pairs.
class AlignmentStudyTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Model> m_model;
    std::shared_ptr<const AlignmentResults> m_results;  ///< of options()

    AlignmentOptions options() const {
        AlignmentOptions options;
        options.steps = 25;
        options.seeds = 2;
        options.batch = 6;
        options.every = 10;
        options.most = 12;
        options.neighbours = 3;
        options.encoding = m_model->encodeOptions();
        return options;
    }
    static std::filesystem::path pairs() { return root / "resources/pairs"; }

    std::shared_ptr<const AlignmentResults> run(const AlignmentOptions& options) {
        AlignmentStudy study(pairs(), options);
        study.advance(*m_model);
        return study.results();
    }

    /// Equal to the last bit: curves, scores and cosines.
    static void compare(const AlignmentResults& a, const AlignmentResults& b) {
        QCOMPARE(a.parts.size(), b.parts.size());
        for (size_t i = 0; i < a.parts.size(); ++i) {
            QCOMPARE(a.parts[i].curve.losses, b.parts[i].curve.losses);
            QCOMPARE(a.parts[i].curve.heldOut, b.parts[i].curve.heldOut);
            QCOMPARE(a.parts[i].cka, b.parts[i].cka);
            QCOMPARE(a.parts[i].debiasedCka, b.parts[i].debiasedCka);
            QCOMPARE(a.parts[i].mutualNeighbours, b.parts[i].mutualNeighbours);
        }
        for (size_t i = 0; i < a.pairs.size(); ++i) QCOMPARE(a.pairs[i].cosines, b.pairs[i].cosines);
    }

  private slots:
    void initTestCase() {
        LoadOptions loading;
        loading.precision = Precision::Fp32;
        loading.threads = 1;
        m_model = Model::load(root / "models/nano", loading);
        m_results = run(options());
    }

    void partsAreAllEachLeftOutEachAlone() {
        const auto parts = alignmentParts({Block::V, Block::Caption, Block::Ocr, Block::Grounding});
        QCOMPARE(namesOf(parts),
                 (std::vector<std::string>{"all", "without V", "without caption", "without ocr", "without grounding", "V alone",
                                           "caption alone", "ocr alone", "grounding alone"}));
        QCOMPARE(parts[3].blocks, (std::vector<Block>{Block::V, Block::Caption, Block::Grounding}));
        QCOMPARE(parts[7].blocks, (std::vector<Block>{Block::Ocr}));
        QCOMPARE(namesOf(chooseParts(parts, {"* alone", "all"})).size(), size_t{5});
        QCOMPARE(namesOf(chooseParts(parts, {})).size(), size_t{9});
        QVERIFY_EXCEPTION_THROWN(chooseParts(parts, {"all", "smell"}), Error);
        QCOMPARE(alignmentParts({Block::V}).size(), size_t{1});
        QCOMPARE(namesOf(alignmentParts({})), (std::vector<std::string>{"image"}));
    }

    void bandIsMeanAndDeviation() {
        const auto bands = bandOver({{1, 5, 9}, {3, 5}});
        QCOMPARE(bands.size(), size_t{2});
        QCOMPARE(bands[0].mean, 2.0);
        QVERIFY(std::fabs(bands[0].deviation - std::sqrt(2.0)) < 1e-12);
        QCOMPARE(bands[1].deviation, 0.0);
        QCOMPARE(bandOver({{4}})[0].deviation, 0.0);
        QVERIFY(bandOver({}).empty());
    }

    void everyPartIsTrainedAndScored() {
        const auto& results = *m_results;
        QVERIFY(results.finished);
        QCOMPARE(results.steps, (std::vector<int>{10, 20, 25}));
        QCOMPARE(results.parts.size(), size_t{9});
        QCOMPARE(results.pairs.size(), size_t{12});
        QCOMPARE(std::ranges::count_if(results.pairs, &AlignmentPair::heldOut), 3);
        QCOMPARE(results.trainingBatch, 6);
        QCOMPARE(results.heldOutBatch, 3);
        QVERIFY(std::fabs(results.chance - std::log(6.0)) < 1e-12);
        for (const auto& scores : results.parts) {
            QCOMPARE(scores.seedsDone, 2);
            QVERIFY(scores.scored);
            QVERIFY(scores.cka > 0 && scores.cka <= 1);
            QVERIFY(scores.debiasedCka <= 1);
            QVERIFY(scores.mutualNeighbours >= 0 && scores.mutualNeighbours <= 1);
            QCOMPARE(scores.curve.losses.size(), size_t{2});
            for (const auto& losses : scores.curve.losses) {
                QCOMPARE(losses.size(), size_t{3});
                QVERIFY(losses.back() < losses.front());
            }
            QCOMPARE(scores.curve.heldOut[1].size(), size_t{3});
            QCOMPARE(scores.loss.mean, bandOver(scores.curve.losses).back().mean);
        }
        for (const auto& pair : results.pairs) {
            QCOMPARE(pair.cosines.size(), size_t{9});
            for (const double cosine : pair.cosines) QVERIFY(cosine >= -1 && cosine <= 1.000001);
        }
    }

    void equalOptionsGiveEqualResultsToTheBit() { compare(*run(options()), *m_results); }

    void anotherSeedGivesAnotherCurve() {
        auto other = options();
        other.firstSeed = 2;
        other.seeds = 1;
        other.parts = {"all"};
        const auto results = run(other);
        QCOMPARE(results->parts.front().curve.losses.front(), m_results->parts.front().curve.losses.back());
        QVERIFY(results->parts.front().curve.losses.front() != m_results->parts.front().curve.losses.front());
    }

    void stoppedAndContinuedRunEqualsAnUnbrokenOne() {
        AlignmentStudy study(pairs(), options());
        int stops = 0;
        for (int stop = 1; !study.finished(); ++stop) {  // at other places every time: pictures, captions, scores, steps
            std::stop_source source;
            int reports = 0;
            const Control control{source.get_token(), [&](const Progress& progress) {
                                      QVERIFY(progress.share >= 0 && progress.share <= 1);
                                      if (++reports == 7) source.request_stop();
                                  }};
            int told = 0;
            const auto onResults = [&](const std::shared_ptr<const AlignmentResults>&) {
                if (++told == 3) source.request_stop();
            };
            try {
                study.advance(*m_model, control, onResults);
            } catch (const Stopped&) {
                ++stops;
            }
            QVERIFY(stop < 1000);
        }
        QVERIFY(stops > 5);
        compare(*study.results(), *m_results);
    }

    void picturesAreEncodedOnceEach() {
        const auto before = m_model->towerRuns();
        auto few = options();
        few.parts = {"all"};
        run(few);
        QCOMPARE(m_model->towerRuns(), before + 12);
    }

    void twoLayersTrainOnEveryToken() {
        auto deep = options();
        deep.depth = 2;
        deep.parts = {"ocr alone"};
        deep.seeds = 1;
        const auto results = run(deep);
        const auto& losses = results->parts.front().curve.losses.front();
        QVERIFY(losses.back() < losses.front());
        QVERIFY(losses != m_results->parts[7].curve.losses.front());
        QVERIFY(std::fabs(results->parts.front().cka - m_results->parts[7].cka) < 1e-5);  // scores need no training
    }

    void savesWhatItFound() {
        const QTemporaryDir folder;
        AlignmentStudy study(pairs(), options());
        study.advance(*m_model);
        const auto saved = study.save(folder.filePath("new/place").toStdString(), m_model->summary(), "abc", "command");
        QCOMPARE(saved.size(), size_t{3});
        const auto json = nlohmann::json::parse(std::ifstream(saved[0].second));
        QCOMPARE(json["parts"].size(), size_t{9});
        QCOMPARE(json["parts"][0]["loss"]["mean"].get<double>(), m_results->parts[0].loss.mean);
        QCOMPARE(json["pairs"][0]["picture"].get<std::string>(), std::string("images/000.jpg"));
        QVERIFY(json["finished"].get<bool>());
        std::ifstream csv(saved[1].second);
        const std::string text{std::istreambuf_iterator<char>(csv), {}};
        QCOMPARE(std::ranges::count(text, '\n'), 1 + 9 * 2 * 3);
        QVERIFY(std::filesystem::file_size(saved[2].second) > 12 * (4 * 256 + 320) * 4);
    }

    void savesAStoppedRun() {
        const QTemporaryDir folder;
        AlignmentStudy study(pairs(), options());
        std::stop_source source;
        const Control control{source.get_token(), [&](const Progress& progress) {
                                  if (progress.task.starts_with("Encoding picture 3")) source.request_stop();
                              }};
        QVERIFY_EXCEPTION_THROWN(study.advance(*m_model, control), Stopped);
        QCOMPARE(study.save(folder.path().toStdString(), m_model->summary(), "abc", "command").size(), size_t{3});
        QVERIFY(!nlohmann::json::parse(std::ifstream(folder.filePath("alignment.json").toStdString()))["finished"].get<bool>());
    }

    void refusesOptionsOutOfRange_data() {
        QTest::addColumn<int>("what");
        for (int what = 0; what < 9; ++what) QTest::addRow("option %d", what) << what;
    }
    void refusesOptionsOutOfRange() {
        QFETCH(int, what);
        auto wrong = options();
        if (what == 0) wrong.steps = 0;
        if (what == 1) wrong.batch = 1;
        if (what == 2) wrong.seeds = 0;
        if (what == 3) wrong.depth = 3;
        if (what == 4) wrong.temperature = 0;
        if (what == 5) wrong.learningRate = std::nan("");
        if (what == 6) wrong.heldOutShare = 1;
        if (what == 7) wrong.every = 0;
        if (what == 8) wrong.most = 2;
        QVERIFY_EXCEPTION_THROWN(AlignmentStudy(pairs(), wrong), Error);
    }

    void modelsWithoutBlocksAreOnePart_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("llava-onevision") << "tests/golden/llava-onevision/ov-0.5b-layout/model";
        QTest::newRow("smolvlm") << "tests/golden/smolvlm/smolvlm-256m-layout/model";
    }
    void modelsWithoutBlocksAreOnePart() {
        QFETCH(QString, folder);
        LoadOptions loading;
        loading.precision = Precision::Fp32;
        loading.threads = 1;
        const auto model = Model::load(root / folder.toStdString(), loading);
        auto own = options();
        own.encoding = model->encodeOptions();
        own.encoding.tiles = false;
        for (const int depth : {1, 2}) {
            own.depth = depth;
            AlignmentStudy study(pairs(), own);
            study.advance(*model);
            const auto results = study.results();
            QCOMPARE(results->parts.size(), size_t{1});
            const auto& part = results->parts.front();
            QCOMPARE(part.part.name, std::string("image"));
            QVERIFY(part.scored && part.seedsDone == 2 && part.cka > 0 && part.cka <= 1);
            for (const auto& losses : part.curve.losses) QVERIFY(losses.back() < losses.front());
            const QTemporaryDir saved;
            study.save(saved.path().toStdString(), model->summary(), "abc", "command");
            QVERIFY(QFileInfo(saved.filePath("alignment.npz")).size() > 12 * 24 * 4);
        }
        own.encoding.fusion.order = {Block::V, Block::Ocr};
        AlignmentStudy foreign(pairs(), own);
        QVERIFY_EXCEPTION_THROWN(foreign.advance(*model), Error);
    }

    void refusesModelsWithoutATextSide() {
        auto few = options();
        few.parts = {"all"};
        AlignmentStudy study(pairs(), few);
        const auto text = Model::load(root / "tests/golden/florence2/tiny-a/model");
        QVERIFY_EXCEPTION_THROWN(study.advance(*text), Error);
    }

    void namesAPictureThatCannotBeRead() {
        const QTemporaryDir folder;
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            std::ofstream(folder.filePath(QString(name) + ".png").toStdString()) << "no picture";
            std::ofstream(folder.filePath(QString(name) + ".txt").toStdString()) << "caption " << name;
        }
        AlignmentStudy study(folder.path().toStdString(), options());
        try {
            study.advance(*m_model);
            QFAIL("was read");
        } catch (const Error& error) {
            QVERIFY2(std::string(error.what()).find("a.png") != std::string::npos, error.what());
        }
    }

    void wordsHaveHeatMapsAndPromptsBars() {
        const auto picture = PictureHandle::read((root / "resources/samples/world-beach.png").string());
        const auto encoding = m_model->encodeOptions();
        const auto layers = wordLayers(*m_model);
        QCOMPARE(layers.front(), std::string("embed"));
        QCOMPARE(layers.back(), std::string("norm"));
        QCOMPARE(layers.size(), size_t{10});
        const auto found = wordAlignment(*m_model, picture, "A cat on a beach.", "layer3", encoding);
        QCOMPARE(found.words.size(), size_t{5});
        QCOMPARE(found.words[1].word.text, std::string("cat"));
        for (const auto& heat : found.words) {
            QCOMPARE(heat.cosines.rows, 8);
            QCOMPARE(heat.cosines.values.size(), size_t{64});
            for (const float cosine : heat.cosines.values) QVERIFY(cosine >= -1.0001F && cosine <= 1.0001F);
        }
        QCOMPARE(found.bars, (std::vector<std::string>{"V", "caption", "ocr", "grounding"}));
        QCOMPARE(found.agreement.size(), size_t{4});
        QVERIFY(found.agreement[0] != found.agreement[1]);
        // The language model reads from left to right: later words do not change earlier ones.
        const auto shorter = wordAlignment(*m_model, picture, "A cat", "layer3", encoding);
        for (size_t i = 0; i < 64; ++i)
            QVERIFY(std::fabs(shorter.words[1].cosines.values[i] - found.words[1].cosines.values[i]) < 1e-4F);
        const auto other = wordAlignment(*m_model, picture, "A cat", "embed", encoding);
        QVERIFY(other.words[1].cosines.values != shorter.words[1].cosines.values);
    }

    void cosinesAreThoseOfTheRecordedActivations() {
        // A word alone, in the embedding: what trace() records of the projector against the row of the table.
        const auto picture = PictureHandle::read((root / "resources/samples/world-beach.png").string());
        const auto encoding = m_model->encodeOptions();
        const auto found = wordAlignment(*m_model, picture, "cat", "embed", encoding);
        const auto projected = m_model->trace({"fusion/projected"}, &picture, {}, encoding).front();
        const auto ids = m_model->tokenizer().encode("cat");
        QCOMPARE(found.words.size(), size_t{1});
        const auto embedded = m_model->trace({"llm/embed"}, nullptr, "cat", encoding).front();  // in its template
        const auto whole = m_model->encodePrompt({{text::Role::User, {text::ContentItem::ofText("cat")}}}).ids;
        const auto place = std::ranges::find(whole, ids.back()) - whole.begin();
        const size_t width = 320;
        const float* word = embedded.values.data() + static_cast<size_t>(place) * width;
        for (size_t patch = 0; patch < 64; ++patch) {
            const float* row = projected.values.data() + patch * width;
            double dot = 0, a = 0, b = 0;
            for (size_t i = 0; i < width; ++i) {
                dot += double(row[i]) * word[i];
                a += double(row[i]) * row[i];
                b += double(word[i]) * word[i];
            }
            QVERIFY(std::fabs(dot / std::sqrt(a * b) - found.words[0].cosines.values[patch]) < 1e-5);
        }
    }

    void refusesWordsAndLayersThatAreNotThere() {
        const auto picture = PictureHandle::read((root / "resources/samples/world-beach.png").string());
        const auto encoding = m_model->encodeOptions();
        QVERIFY_EXCEPTION_THROWN(wordAlignment(*m_model, picture, "cat", "layer8", encoding), Error);
        QVERIFY_EXCEPTION_THROWN(wordAlignment(*m_model, picture, " ", "norm", encoding), Error);
        QVERIFY_EXCEPTION_THROWN(wordAlignment(*m_model, picture, "", "norm", encoding), Error);
        std::string longText;
        for (int i = 0; i < 2000; ++i) longText += "cat ";
        QVERIFY_EXCEPTION_THROWN(wordAlignment(*m_model, picture, longText, "norm", encoding), Error);
    }
};

QTEST_GUILESS_MAIN(AlignmentStudyTest)
#include "alignment_test.moc"
