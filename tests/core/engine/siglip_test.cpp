#include <ATen/ATen.h>

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/engine/alignment.h"
#include "core/engine/frame_scores.h"
#include "core/engine/word_matching.h"
#include "core/files/error.h"
#include "tests/core/models/checkpoint_copy.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

const std::filesystem::path root = FUSIONSCOPE_SOURCE_DIR;

PictureHandle picture(uint8_t shade) {
    image::Picture made;
    made.size = {30, 40};
    for (int i = 0; i < 30 * 40 * 3; ++i) made.rgb.push_back(static_cast<uint8_t>(i * shade));
    return PictureHandle::of(std::move(made));
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    const auto dot = [](const auto& x, const auto& y) { return std::inner_product(x.begin(), x.end(), y.begin(), 0.0); };
    return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

}  // namespace

/// A SigLIP with both towers in the engine: it answers nothing, but tells how well words fit pictures.
class SiglipEngineTest : public QObject {
    Q_OBJECT

    golden::CheckpointCopy m_checkpoint{"siglip/siglip-odd-grid/model"};
    std::unique_ptr<Model> m_model;

    std::vector<float> traced(const char* name, const std::string& text) {
        const auto shown = picture(7);
        return m_model->trace({name}, &shown, text, m_model->encodeOptions()).at(0).values;
    }

  private slots:
    void initTestCase() {
        for (const char* file : {"spiece.model", "tokenizer_config.json"})
            std::filesystem::copy(root / "tests/golden/siglip/texts" / file, m_checkpoint.root() / file);
        LoadOptions options;
        options.precision = Precision::Fp32;
        options.threads = 1;
        m_model = Model::load(m_checkpoint.root(), options);
    }

    void tellsWhatItIs() {
        const auto& summary = m_model->summary();
        QCOMPARE(summary.family, std::string("siglip"));
        QVERIFY(summary.takesPictures && summary.matchesTexts && !summary.chats && !summary.runsTasks && !summary.fuses);
        QCOMPARE(wordLayers(*m_model), (std::vector<std::string>{"pooled"}));
    }

    void answersNothing() {
        ChatRequest request;
        request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("what")}}};
        request.pictures = {picture(3)};
        for (const auto& refused : {std::function<void()>([&] { m_model->chat(request); }), std::function<void()>([&] { m_model->score(request, {2}); }),
                                    std::function<void()>([&] { m_model->task({}); })})
            QVERIFY_EXCEPTION_THROWN(refused(), Error);
    }

    void wordsHaveHeatMapsAndTheTextAnAgreement() {
        const auto found = wordAlignment(*m_model, picture(7), "two birds", "", m_model->encodeOptions());
        QCOMPARE(found.layer, std::string("pooled"));
        QCOMPARE(found.words.size(), size_t{2});
        QCOMPARE(found.words[1].word.text, std::string("birds"));
        QCOMPARE(found.words[1].cosines.rows, 7);
        QCOMPARE(found.bars, (std::vector<std::string>{"image"}));
        const auto image = traced("tower/siglip/pooled", "two birds"), words = traced("text/pooled", "two birds");
        QVERIFY(std::abs(found.agreement[0] - cosine(image, words)) < 1e-5);
        const auto meanings = m_model->featureMaps({"tower/siglip/meaning"}, picture(7), "", m_model->encodeOptions()).at(0);
        const auto bird = traced("text/pooled", "birds");
        const auto patch = meanings.patch(9);
        QVERIFY(std::abs(found.words[1].cosines.values[9] - cosine({patch.begin(), patch.end()}, bird)) < 1e-5);
    }

    void textsBecomeTheReferencesIds() {
        const auto expected = nlohmann::json::parse(std::ifstream(root / "tests/golden/siglip/texts/expected.json"));
        for (const auto& entry : expected["texts"]) {
            const auto text = entry["text"].get<std::string>();
            const auto ids = siglipIds(*m_model, text);
            const std::vector<int64_t> actual(ids.const_data_ptr<int64_t>(), ids.const_data_ptr<int64_t>() + ids.numel());
            QVERIFY2(actual == entry["ids"].get<std::vector<int64_t>>(), text.c_str());
        }
    }

    void textsAreReadPlain() {
        const auto plain = traced("text/pooled", "two birds");
        QCOMPARE(traced("text/pooled", "  Two,  BIRDS! "), plain);
        QVERIFY(traced("text/pooled", "two bird") != plain);
    }

    void framesAreScored() {
        VideoFrames video;
        for (const int shade : {3, 7, 11}) {
            video.frames.push_back(picture(static_cast<uint8_t>(shade)));
            video.times.seconds.push_back(shade);
        }
        FrameScore words, agreement;
        words.text = agreement.text = "two birds";
        agreement.kind = FrameScore::Kind::Agreement;
        const auto scores = scoreFrames(*m_model, video, {words, agreement}, m_model->encodeOptions());
        QCOMPARE(scores.curves.size(), size_t{3});
        const auto found = wordAlignment(*m_model, picture(7), "two birds", "", m_model->encodeOptions());
        QCOMPARE(scores.curves[2].values[1], found.agreement[0]);
        QCOMPARE(scores.curves[0].maps[1].values, found.words[0].cosines.values);
        FrameScore answer = words;
        answer.kind = FrameScore::Kind::Answer;
        QVERIFY_EXCEPTION_THROWN(scoreFrames(*m_model, video, {answer}, m_model->encodeOptions()), Error);
    }

    void isAlignedWithCaptions() {
        AlignmentOptions options;
        options.steps = 20;
        options.seeds = 1;
        options.batch = 6;
        options.most = 8;
        options.encoding = m_model->encodeOptions();
        AlignmentStudy study(root / "resources/pairs", options);
        study.advance(*m_model);
        QCOMPARE(study.results()->parts.size(), size_t{1});
        QVERIFY(study.results()->parts[0].scored);
    }
};

QTEST_GUILESS_MAIN(SiglipEngineTest)
#include "siglip_test.moc"
