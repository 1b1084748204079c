#include <ATen/ATen.h>

#include <QtTest>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/engine/ablation.h"
#include "core/engine/model_parts.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;
using fusion::Block;

namespace {

const std::string root = FUSIONSCOPE_SOURCE_DIR;

/// Equal to the last bit.
bool identical(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

std::vector<int64_t> idsOf(const Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

}  // namespace

/// Answers with a part of the picture's features switched off, on the bundled model.
class AblationTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Model> m_model;
    PictureHandle m_picture, m_other;
    ChatRequest m_request;
    AblationBaseline m_baseline;

    AblationResult with(Ablation ablation) { return ablate(*m_model, m_baseline, ablation); }
    Ablation off(std::vector<Block> blocks) const {
        Ablation ablation;
        ablation.blocks = std::move(blocks);
        return ablation;
    }

  private slots:
    void initTestCase() {
        LoadOptions options;
        options.precision = Precision::Fp32;
        options.threads = 1;
        m_model = Model::load(root + "/models/nano", options);
        m_picture = PictureHandle::read(root + "/resources/samples/world-beach.png");
        m_other = PictureHandle::read(root + "/resources/samples/world-sea.png");
        m_request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("What is in the background?")}}};
        m_request.pictures = {m_picture};
        m_request.generation.maxNewTokens = 24;
        m_request.encoding = m_model->encodeOptions();
        m_baseline = ablationBaseline(*m_model, m_request);
    }

    void baselineIsTheAnswerOfTheChat() {
        const auto answer = m_model->chat(m_request);
        QCOMPARE(answer.text, m_baseline.answer.text);
        const auto ids = idsOf(answer);
        const auto scores = m_model->score(m_request, ids);
        QCOMPARE(scores.size(), m_baseline.logProbabilities.size());
        for (size_t i = 0; i < scores.size(); ++i) {
            QVERIFY(std::fabs(scores[i] - m_baseline.logProbabilities[i]) < 1e-4);
            QVERIFY(std::fabs(m_baseline.answer.tokens[i].logProbability - m_baseline.logProbabilities[i]) < 1e-4);
        }
        QCOMPARE(m_baseline.gridRows, 8);
        QCOMPARE(m_baseline.channels, 256);
        QCOMPARE(m_baseline.blocks.size(), size_t{4});
    }

    void switchingNothingOffChangesNoBit_data() {
        QTest::addColumn<int>("way");
        QTest::newRow("nothing named") << 0;
        QTest::newRow("everything from the same picture") << 1;
        QTest::newRow("nothing, after another question") << 2;
        QTest::newRow("nothing, after an ablation") << 3;
    }
    void switchingNothingOffChangesNoBit() {
        QFETCH(int, way);
        Ablation nothing;
        if (way == 1) {  // goes the whole way through replacing and projecting
            nothing.blocks = m_baseline.blocks;
            nothing.fill = AblationFill::OtherPicture;
            nothing.other = m_picture;
        }
        if (way == 2) {
            auto other = m_request;
            other.messages.front().content.back() = text::ContentItem::ofText("How many cats are there?");
            m_model->chat(other);
        }
        if (way == 3) with(off({Block::V}));
        const auto result = with(nothing);
        QVERIFY(identical(result.logProbabilities, m_baseline.logProbabilities));
        QVERIFY(identical(result.divergences, std::vector<double>(m_baseline.logProbabilities.size(), 0.0)));
        QCOMPARE(result.change, 0.0);
        QCOMPARE(idsOf(result.answer), idsOf(m_baseline.answer));
        for (size_t i = 0; i < result.answer.tokens.size(); ++i)
            QCOMPARE(result.answer.tokens[i].logProbability, m_baseline.answer.tokens[i].logProbability);
        QVERIFY(result.sameAnswer);
        for (const auto& change : result.changes) QVERIFY(change.kind == WordChange::Kind::Same);
    }

    void theTowerRunsOnceHoweverMuchIsSwitchedOff() {
        m_model->forget();
        const auto before = m_model->towerRuns();
        const auto baseline = ablationBaseline(*m_model, m_request);
        for (const auto& ablation : sweepOf(baseline)) ablate(*m_model, baseline, ablation);
        m_model->chat(m_request);
        QCOMPARE(m_model->towerRuns(), before + 1);
        Ablation other = off({Block::Ocr});
        other.fill = AblationFill::OtherPicture;
        other.other = m_other;
        ablate(*m_model, baseline, other);
        ablate(*m_model, baseline, other);
        QCOMPARE(m_model->towerRuns(), before + 2);
    }

    void ablatedStatesAreNeverTakenForTheOriginal() {
        const auto before = m_model->chat(m_request);
        const auto ablated = with(off(m_baseline.blocks));
        QVERIFY(ablated.change != 0);
        const auto after = m_model->chat(m_request);
        QCOMPARE(idsOf(after), idsOf(before));
        QVERIFY(identical(m_model->score(m_request, idsOf(before)), m_model->score(m_request, idsOf(before))));
    }

    void meanFilledPromptEqualsAHandMadeTensor() {
        auto mean = off({Block::Caption});
        mean.fill = AblationFill::Mean;
        const auto result = with(mean);

        const c10::InferenceMode inference;
        auto& parts = m_model->parts();
        const auto& florence = parts.florenceVl("test");
        AnswerStatistics statistics;
        const auto state = parts.encode(m_picture, m_request.encoding, {}, statistics);
        auto blocks = *state->blocks;
        at::Tensor byHand = at::empty_like(blocks.caption);
        for (int64_t patch = 0; patch < byHand.size(1); ++patch) byHand[0][patch] = blocks.caption[0].mean(0);
        blocks.caption = byHand;
        const auto rows = florence.project(blocks, m_request.encoding, {})[0];
        const auto prompt = parts.splice(m_model->encodePrompt(m_request.messages), {parts.visuals.unkept(rows)});
        parts.forgetPrompt();
        const auto ids = idsOf(m_baseline.answer);
        const auto logits = parts.decoder().logits(parts.answerStates(prompt, ids, {}));
        const auto chances = at::log_softmax(logits.to(at::kDouble), -1);
        for (size_t i = 0; i < ids.size(); ++i)
            QVERIFY(std::fabs(chances[static_cast<int64_t>(i)][ids[i]].item<double>() - result.logProbabilities[i]) < 1e-4);
    }

    void zeroFilledBlockAgreesWithTheFusionOption() {
        // The engine can switch a block off as an encoding option too; both ways must come to the same numbers.
        const auto result = with(off({Block::Ocr}));
        auto request = m_request;
        request.encoding.fusion.ablated = {Block::Ocr};
        request.encoding.fusion.ablation = fusion::Ablation::Zero;
        m_model->forget();
        const auto scores = m_model->score(request, idsOf(m_baseline.answer));
        for (size_t i = 0; i < scores.size(); ++i) QVERIFY(std::fabs(scores[i] - result.logProbabilities[i]) < 1e-4);
    }

    void sumsAndDivergencesFitTogether() {
        const auto result = with(off(m_baseline.blocks));
        const auto sum = [](const std::vector<double>& list) { return std::accumulate(list.begin(), list.end(), 0.0); };
        QVERIFY(std::fabs(sum(result.logProbabilities) - m_baseline.logProbability - result.change) < 1e-9);
        QVERIFY(std::fabs(sum(result.wordChanges) - result.change) < 1e-9);
        QCOMPARE(result.wordChanges.size(), m_baseline.words.size());
        QVERIFY(std::fabs(sum(result.divergences) / double(result.divergences.size()) - result.meanDivergence) < 1e-12);
        for (const double divergence : result.divergences) QVERIFY(divergence >= 0);
        QVERIFY(result.meanDivergence > 0);
        if (!result.sameAnswer) QVERIFY(result.firstDivergence > 0);
    }

    void regionIsThePatchesUnderIt() {
        // The picture has 256 × 256 pixels and 8 × 8 patches of 32 pixels.
        Ablation region, patches;
        region.regions = {{64, 32, 128, 96}};
        patches.patches = {10, 11, 18, 19};
        QVERIFY(identical(with(region).logProbabilities, with(patches).logProbabilities));
        Ablation both = region;
        both.patches = {10, 19};
        QVERIFY(identical(with(both).logProbabilities, with(patches).logProbabilities));
        Ablation tiny;
        tiny.regions = {{65, 33, 66, 34}};
        Ablation one;
        one.patches = {10};
        QVERIFY(identical(with(tiny).logProbabilities, with(one).logProbabilities));
    }

    void channelRangesAddUp() {
        // Switching all channels off is switching the block off.
        Ablation all = off({Block::V});
        all.channels = {0, 255};
        QVERIFY(identical(with(all).logProbabilities, with(off({Block::V})).logProbabilities));
        all.channels = {0, 15};
        QVERIFY(!identical(with(all).logProbabilities, with(off({Block::V})).logProbabilities));
    }

    void sweepHasEachOffEachAloneAndAllOff() {
        const auto sweep = sweepOf(m_baseline);
        QCOMPARE(sweep.size(), size_t{9});
        QCOMPARE(sweep.front().blocks, (std::vector<Block>{Block::V}));
        QCOMPARE(sweep[4].blocks, (std::vector<Block>{Block::Caption, Block::Ocr, Block::Grounding}));
        QCOMPARE(sweep.back().blocks, m_baseline.blocks);
        Ablation within;
        within.channels = {0, 9};
        within.fill = AblationFill::Mean;
        for (const auto& ablation : sweepOf(m_baseline, within)) {
            QVERIFY(ablation.channels == within.channels);
            QVERIFY(ablation.fill == AblationFill::Mean);
        }
    }

    void namesSayWhatIsOff() {
        QCOMPARE(describe({}), std::string("nothing"));
        Ablation ablation = off({Block::V, Block::Ocr});
        QCOMPARE(describe(ablation), std::string("V, ocr"));
        ablation.patches = {1, 2};
        ablation.regions = {{0, 0, 9, 9}};
        ablation.channels = {0, 63};
        ablation.fill = AblationFill::Mean;
        QCOMPARE(describe(ablation), std::string("V, ocr · 2 patches · 1 region · channels 0–63 · mean"));
        for (const auto fill : {AblationFill::Zero, AblationFill::Mean, AblationFill::OtherPicture})
            QVERIFY(ablationFillNamed(name(fill)) == fill);
        QVERIFY_EXCEPTION_THROWN(ablationFillNamed("noise"), Error);
    }

    void refusesWhatIsNotThere_data() {
        QTest::addColumn<int>("what");
        QTest::newRow("patch") << 0;
        QTest::newRow("negative patch") << 1;
        QTest::newRow("channel") << 2;
        QTest::newRow("channels backwards") << 3;
        QTest::newRow("region outside") << 4;
        QTest::newRow("region without extent") << 5;
        QTest::newRow("region of no numbers") << 6;
        QTest::newRow("no other picture") << 7;
    }
    void refusesWhatIsNotThere() {
        QFETCH(int, what);
        Ablation ablation;
        const double none = std::nan("");
        if (what == 0) ablation.patches = {64};
        if (what == 1) ablation.patches = {-1};
        if (what == 2) ablation.channels = {0, 256};
        if (what == 3) ablation.channels = {9, 3};
        if (what == 4) ablation.regions = {{300, 300, 400, 400}};
        if (what == 5) ablation.regions = {{10, 10, 10, 20}};
        if (what == 6) ablation.regions = {{none, none, none, none}};
        if (what == 7) {
            ablation.blocks = {Block::V};
            ablation.fill = AblationFill::OtherPicture;
        }
        QVERIFY_EXCEPTION_THROWN(with(ablation), Error);
        QVERIFY(with({}).sameAnswer);  // the model still works
    }

    void refusesAQuestionWithoutPicture() {
        auto request = m_request;
        request.pictures.clear();
        request.messages.front().content.erase(request.messages.front().content.begin());
        QVERIFY_EXCEPTION_THROWN(ablationBaseline(*m_model, request), Error);
        QVERIFY_EXCEPTION_THROWN(ablationBaseline(*m_model, m_request, 1), Error);
    }

    void stopsAndWorksAfterwards() {
        std::stop_source source;
        int tokens = 0;
        ChatCallbacks callbacks;
        callbacks.onToken = [&](const TokenScore&) {
            if (++tokens == 2) source.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(ablate(*m_model, m_baseline, off({Block::V}), callbacks, {source.get_token(), {}}), Stopped);
        QVERIFY(identical(with({}).logProbabilities, m_baseline.logProbabilities));
    }

    void reportsReadBack() {
        const std::vector<AblationResult> results = {with(off({Block::V})), with(off(m_baseline.blocks))};
        const auto json = nlohmann::json::parse(ablationJson(m_baseline, results, m_model->summary(), "abc", "command"));
        QCOMPARE(json["original"]["answer"].get<std::string>(), m_baseline.answer.text);
        QCOMPARE(json["results"].size(), size_t{2});
        QCOMPARE(json["results"][0]["change"].get<double>(), results[0].change);
        QCOMPARE(json["results"][1]["switched_off"]["blocks"].size(), size_t{4});
        QCOMPARE(json["model"]["sha256"].get<std::string>(), std::string("abc"));
        const auto csv = QString::fromStdString(ablationCsv(m_baseline, results));
        QCOMPARE(csv.count("\r\n"), 4);
    }
};

QTEST_GUILESS_MAIN(AblationTest)
#include "ablation_test.moc"
