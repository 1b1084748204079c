#include "core/language/beam_search.h"

#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>
#include <functional>

#include "core/files/error.h"

using namespace fusionscope;
using language::EarlyStopping;
using language::SequenceOptions;

namespace {

constexpr int64_t vocabulary = 6;

/// A decoder whose scores depend on the last two ids only, from a random table.
class TableDecoder : public language::StepDecoder {
  public:
    explicit TableDecoder(uint64_t seed) {
        at::manual_seed(seed);
        m_table = at::randn({vocabulary, vocabulary, vocabulary}) * 1.5;
    }
    at::Tensor step(const std::vector<int64_t>& ids, const nn::Pass&) override {
        if (m_rows.empty()) m_rows.assign(ids.size(), {});
        std::vector<at::Tensor> logits;
        for (size_t i = 0; i < ids.size(); ++i) {
            m_rows[i].push_back(ids[i]);
            logits.push_back(after(m_rows[i]));
        }
        return at::stack(logits);
    }
    void reorder(const std::vector<int64_t>& rows) override {
        const auto old = m_rows;
        for (size_t i = 0; i < rows.size(); ++i) m_rows[i] = old[static_cast<size_t>(rows[i])];
    }
    at::Tensor after(const std::vector<int64_t>& ids) const {
        return m_table[ids.size() > 1 ? ids[ids.size() - 2] : 0][ids.back()];
    }

  private:
    at::Tensor m_table;
    std::vector<std::vector<int64_t>> m_rows;
};

/// The best of all texts there are, by trying every one.
void best(const TableDecoder& decoder, const SequenceOptions& options, std::vector<int64_t>& text, double sum,
          double& score, std::vector<int64_t>& winner) {
    const auto generated = static_cast<int64_t>(text.size()) - 1;
    if (generated > 0 && (text.back() == options.end || generated == options.maxNewTokens)) {
        const double own = sum / std::pow(double(generated), options.lengthPenalty);
        if (own > score) score = own, winner = text;
        return;
    }
    const at::Tensor chances = decoder.after(text).log_softmax(-1);
    for (int64_t id = 0; id < vocabulary; ++id) {
        text.push_back(id);
        best(decoder, options, text, sum + chances[id].item<double>(), score, winner);
        text.pop_back();
    }
}

SequenceOptions options(int64_t beams, int64_t length) {
    SequenceOptions settings;
    settings.beams = beams;
    settings.maxNewTokens = length;
    settings.start = 0;
    settings.end = 5;
    return settings;
}

}  // namespace

class BeamSearchTest : public QObject {
    Q_OBJECT

  private slots:
    void widestSearchFindsTheBestOfAllTexts_data() {
        QTest::addColumn<uint>("seed");
        for (uint seed = 1; seed <= 8; ++seed) QTest::addRow("seed %u", seed) << seed;
    }
    void widestSearchFindsTheBestOfAllTexts() {
        QFETCH(uint, seed);
        auto settings = options(64, 3);
        settings.earlyStopping = EarlyStopping::Never;
        for (const double penalty : {0.0, 1.0}) {
            settings.lengthPenalty = penalty;
            TableDecoder decoder(seed);
            const auto found = searchSequence(decoder, settings, {});
            std::vector<int64_t> text = {0}, winner;
            double score = -1e30;
            best(decoder, settings, text, 0, score, winner);
            QVERIFY(found.ids == winner);
            QVERIFY(std::abs(found.score - score) < 1e-5);
            QCOMPARE(found.ended, winner.back() == settings.end);
        }
    }

    void greedyTakesTheLikeliestEachTime() {
        TableDecoder decoder(3);
        const auto found = searchSequence(decoder, options(1, 10), {});
        double sum = 0;
        std::vector<int64_t> text = {0};
        for (size_t i = 1; i < found.ids.size(); ++i) {
            const at::Tensor chances = decoder.after(text).log_softmax(-1);
            QCOMPARE(found.ids[i], chances.argmax().item<int64_t>());
            QVERIFY(std::abs(found.logProbabilities[i - 1] - chances[found.ids[i]].item<double>()) < 1e-6);
            sum += found.logProbabilities[i - 1];
            text.push_back(found.ids[i]);
        }
        QVERIFY(std::abs(found.score - sum / double(found.ids.size() - 1)) < 1e-5);
    }

    void noIdsInARowComeTwice_data() {
        QTest::addColumn<int>("beams");
        QTest::newRow("greedy") << 1;
        QTest::newRow("beams") << 3;
    }
    void noIdsInARowComeTwice() {
        QFETCH(int, beams);
        TableDecoder decoder(11);
        auto settings = options(beams, 24);
        settings.end = 4;
        settings.noRepeatNgram = 2;
        const auto ids = searchSequence(decoder, settings, {}).ids;
        for (size_t i = 0; i + 1 < ids.size(); ++i)
            for (size_t j = i + 1; j + 1 < ids.size(); ++j) QVERIFY(ids[i] != ids[j] || ids[i + 1] != ids[j + 1]);
    }

    void forcedIdsStandAtTheirPlaces_data() { noIdsInARowComeTwice_data(); }
    void forcedIdsStandAtTheirPlaces() {
        QFETCH(int, beams);
        TableDecoder decoder(5);
        auto settings = options(beams, 4);
        settings.end = 5;
        settings.forcedFirst = 3;
        settings.forcedLast = 5;
        const auto found = searchSequence(decoder, settings, {});
        QCOMPARE(found.ids[1], 3);
        QCOMPARE(found.ids.back(), 5);
        QCOMPARE(found.logProbabilities[0], 0.0);
    }

    void moreBeamsThanWordsIsNoTrouble() {
        TableDecoder decoder(2);
        QVERIFY(!searchSequence(decoder, options(40, 5), {}).ids.empty());
    }

    void nothingIsGeneratedWhenNothingIsAskedFor() {
        TableDecoder decoder(2);
        QVERIFY(searchSequence(decoder, options(3, 0), {}).ids == std::vector<int64_t>{0});
    }

    void refusesOptionsOutOfRange_data() {
        QTest::addColumn<int>("which");
        for (int i = 0; i < 7; ++i) QTest::addRow("%d", i) << i;
    }
    void refusesOptionsOutOfRange() {
        QFETCH(int, which);
        auto settings = options(2, 5);
        switch (which) {
            case 0:
                settings.beams = 0;
                break;
            case 1:
                settings.beams = 100000;
                break;
            case 2:
                settings.maxNewTokens = -1;
                break;
            case 3:
                settings.lengthPenalty = NAN;
                break;
            case 4:
                settings.noRepeatNgram = -1;
                break;
            case 5:
                settings.end = vocabulary;
                break;
            default:
                settings.forcedFirst = -1;
                break;
        }
        TableDecoder decoder(1);
        QVERIFY_THROWS_EXCEPTION(Error, searchSequence(decoder, settings, {}));
    }

    void stopsBetweenTokens() {
        TableDecoder decoder(1);
        std::stop_source source;
        nn::Pass pass;
        pass.stop = source.get_token();
        auto settings = options(1, 50);
        settings.noRepeatNgram = 0;
        int heard = 0;
        QVERIFY_THROWS_EXCEPTION(Stopped, searchSequence(decoder, settings, pass, [&](int64_t, double) {
                                     if (++heard == 1) source.request_stop();
                                 }));
        QCOMPARE(heard, 1);
    }
};

QTEST_GUILESS_MAIN(BeamSearchTest)
#include "beam_search_test.moc"
