#include <ATen/ATen.h>

#include <QtTest>
#include <numeric>

#include "core/inspect/alignment.h"
#include "core/inspect/alignment_training.h"
#include "maps.h"

using namespace fusionscope;
using namespace fusionscope::inspect;
using namespace fusionscope::tests;

namespace {

at::Tensor table(std::vector<int64_t> shape, uint32_t seed) {
    const auto count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies());
    return at::tensor(noise(static_cast<size_t>(count), seed)).reshape(shape);
}

std::vector<int64_t> upTo(int64_t count) {
    std::vector<int64_t> list(static_cast<size_t>(count));
    std::iota(list.begin(), list.end(), 0);
    return list;
}

/// Pictures whose features are a turned copy of their captions': a linear projection can align them.
struct Alike {
    at::Tensor text = table({48, 6}, 1);
    at::Tensor vision = at::mm(text, table({6, 9}, 2)).unsqueeze(1);
};

}  // namespace

/// The trained projection of the alignment loss.
class AlignmentTraining : public QObject {
    Q_OBJECT

  private slots:
    void perfectlyAlignedOrthogonalPairsHaveTheSmallestLoss() {
        // Cosines 1 on the diagonal and 0 elsewhere: log(e + n − 1) − 1; with temperature t: log(e^(1/t) + n − 1) − 1/t.
        const auto eye = at::eye(5);
        const auto loss = [&](double temperature) {
            return alignmentLoss(eye.unsqueeze(1), eye, {at::eye(5)}, temperature).value;
        };
        QVERIFY(std::fabs(loss(1) - (std::log(std::exp(1.0) + 4) - 1)) < 1e-6);
        QVERIFY(std::fabs(loss(0.1) - (std::log(std::exp(10.0) + 4) - 10)) < 1e-6);
    }

    void equalPairsAreChance() {
        const auto ones = at::ones({32, 3});
        QVERIFY(std::fabs(alignmentLoss(ones.unsqueeze(1), ones, {at::eye(3)}, 1).value - std::log(32.0)) < 1e-6);
    }

    void gradientIsTheSlope_data() {
        QTest::addColumn<int>("depth");
        QTest::addColumn<double>("temperature");
        QTest::newRow("linear") << 1 << 1.0;
        QTest::newRow("linear, temperature") << 1 << 0.2;
        QTest::newRow("two layers") << 2 << 1.0;
        QTest::newRow("two layers, temperature") << 2 << 0.5;
    }
    void gradientIsTheSlope() {
        QFETCH(int, depth);
        QFETCH(double, temperature);
        const auto vision = table({6, 3, 5}, 3).to(at::kDouble), text = table({6, 4}, 4).to(at::kDouble);
        std::vector<at::Tensor> layers = {table({4, 5}, 5).to(at::kDouble)};
        if (depth == 2) layers.push_back(table({4, 4}, 6).to(at::kDouble));
        const auto gradients = alignmentLoss(vision, text, layers, temperature).gradients;
        QCOMPARE(gradients.size(), layers.size());
        constexpr double nudge = 1e-6;
        for (size_t layer = 0; layer < layers.size(); ++layer) {
            QVERIFY(gradients[layer].abs().max().item<double>() > 1e-4);
            auto* values = layers[layer].mutable_data_ptr<double>();
            const auto slopes = gradients[layer].contiguous();
            for (int64_t i = 0; i < layers[layer].numel(); ++i) {
                const double middle = values[i];
                values[i] = middle + nudge;
                const double above = alignmentLoss(vision, text, layers, temperature).value;
                values[i] = middle - nudge;
                const double below = alignmentLoss(vision, text, layers, temperature).value;
                values[i] = middle;
                QVERIFY(std::fabs((above - below) / (2 * nudge) - slopes.const_data_ptr<double>()[i]) < 1e-7);
            }
        }
    }

    void projectionOfTheMeanIsTheMeanOfProjections() {
        const auto vision = table({4, 7, 5}, 7), layer = table({3, 5}, 8);
        const auto each = at::matmul(vision, layer.t()).mean(1);
        const auto expected = each / each.norm(2, {1}, true);
        QVERIFY((projectedDirections(vision, {layer}) - expected).abs().max().item<double>() < 1e-6);
        QVERIFY((projectedDirections(vision.mean(1, true), {layer}) - expected).abs().max().item<double>() < 1e-6);
    }

    void trainingAlignsWhatCanBeAligned_data() {
        QTest::addColumn<int>("depth");
        QTest::newRow("linear") << 1;
        QTest::newRow("two layers") << 2;
    }
    void trainingAlignsWhatCanBeAligned() {
        QFETCH(int, depth);
        const Alike pairs;
        TrainingOptions options;
        options.batch = 16;
        options.depth = depth;
        options.learningRate = 0.02;
        AlignmentTrainer trainer(pairs.vision, pairs.text, upTo(40), options);
        const std::vector<int64_t> unseen = {40, 41, 42, 43, 44, 45, 46, 47};
        const double before = trainer.loss(unseen, 8);
        for (int step = 0; step < 300; ++step) trainer.step();
        QVERIFY2(trainer.loss(unseen, 8) < before - 0.3, qPrintable(QString::number(trainer.loss(unseen, 8))));
        double mean = 0;
        for (const double cosine : trainer.cosines()) mean += cosine / 48;
        QVERIFY2(mean > 0.6, qPrintable(QString::number(mean)));
    }

    void theFirstStepFollowsTheGradient() {
        const Alike pairs;
        TrainingOptions options;
        options.batch = 40;  // the only batch there is, so that two steps see the same pairs
        AlignmentTrainer trainer(pairs.vision, pairs.text, upTo(40), options);
        const double first = trainer.step(), second = trainer.step();
        QVERIFY(second < first);
    }

    void equalSeedsTrainToTheBitAndOthersDiffer() {
        const Alike pairs;
        const auto losses = [&](uint64_t seed) {
            TrainingOptions options;
            options.batch = 16;
            options.seed = seed;
            AlignmentTrainer trainer(pairs.vision, pairs.text, upTo(48), options);
            std::vector<double> list;
            for (int step = 0; step < 20; ++step) list.push_back(trainer.step());
            return list;
        };
        QCOMPARE(losses(1), losses(1));
        QVERIFY(losses(1) != losses(2));
    }

    void everyPairComesOncePerRound() {
        // Without learning, a step's loss tells which four of the eight pairs it saw.
        const auto vision = table({8, 1, 5}, 11), text = table({8, 6}, 12);
        TrainingOptions options;
        options.batch = 4;
        options.learningRate = 0;
        AlignmentTrainer trainer(vision, text, upTo(8), options);
        const auto seen = [&](double loss) {
            for (int some = 0; some < 256; ++some) {
                std::vector<int64_t> pairs;
                for (int i = 0; i < 8; ++i)
                    if (some >> i & 1) pairs.push_back(i);
                if (pairs.size() == 4 && std::fabs(trainer.loss(pairs, 4) - loss) < 1e-6) return some;
            }
            return 0;
        };
        for (int round = 0; round < 5; ++round) {
            const int first = seen(trainer.step()), second = seen(trainer.step());
            QVERIFY(first != 0);
            QCOMPARE(first ^ second, 255);
        }
    }

    void refusesBatchesLargerThanThePairs() {
        const Alike pairs;
        COMPARE_REFUSAL(AlignmentTrainer(pairs.vision, pairs.text, upTo(31), {}), "batches of 32 of 31");
    }

    void debiasedCkaOfEqualTablesIsOneAndIgnoresRotationScaleAndShift() {
        const std::vector<float> a = noise(20 * 3, 4);
        std::vector<float> b = a;
        for (size_t row = 0; row < 20; ++row) {  // a quarter turn, twice the size, moved
            b[3 * row] = 2 * a[3 * row + 1] + 5;
            b[3 * row + 1] = -2 * a[3 * row];
            b[3 * row + 2] = 2 * a[3 * row + 2] - 1;
        }
        QVERIFY(std::fabs(debiasedLinearCka({a, 20, 3}, {a, 20, 3}) - 1) < 1e-12);
        QVERIFY(std::fabs(debiasedLinearCka({a, 20, 3}, {b, 20, 3}) - 1) < 1e-5);
    }

    void debiasedCkaOfUnrelatedTablesIsNearNothing() {
        // Few samples of many features: the plain estimate is near 1 for any two tables.
        const auto a = noise(40 * 200, 5), b = noise(40 * 200, 6);
        QVERIFY(linearCka({a, 40, 200}, {b, 40, 200}) > 0.8);
        QVERIFY(std::fabs(debiasedLinearCka({a, 40, 200}, {b, 40, 200})) < 0.1);
    }

    void debiasedCkaIsTheFormula() {
        // Four samples of one feature: with K and L hollow, [tr KL + sums/(3·2) − 2/2·1ᵀKL1] / (4·1), over the norms.
        const std::vector<float> x = {1, 2, 3, 5}, y = {2, 1, 4, 4};
        const auto estimate = [](const std::vector<float>& u, const std::vector<float>& v) {
            double together = 0, sumU = 0, sumV = 0, along = 0;
            for (int i = 0; i < 4; ++i)
                for (int j = 0; j < 4; ++j) {
                    const double k = i == j ? 0 : u[static_cast<size_t>(i)] * u[static_cast<size_t>(j)];
                    const double l = i == j ? 0 : v[static_cast<size_t>(i)] * v[static_cast<size_t>(j)];
                    together += k * l;
                    sumU += k;
                    sumV += l;
                    for (int other = 0; other < 4; ++other)
                        if (other != j) along += k * v[static_cast<size_t>(j)] * v[static_cast<size_t>(other)];
                }
            return (together + sumU * sumV / 6 - along) / 4;
        };
        const double expected = estimate(x, y) / std::sqrt(estimate(x, x) * estimate(y, y));
        QVERIFY(std::fabs(debiasedLinearCka({x, 4, 1}, {y, 4, 1}) - expected) < 1e-9);
    }

    void debiasedCkaNeedsFourSamples() {
        const std::vector<float> x = {1, 2, 3};
        COMPARE_REFUSAL(debiasedLinearCka({x, 3, 1}, {x, 3, 1}), "at least 4");
        const std::vector<float> same(8, 0.5F), varies = noise(8, 9);
        QCOMPARE(debiasedLinearCka({same, 4, 2}, {varies, 4, 2}), 0.0);
    }

    void neighboursOfAPermutedTableAreThePermutedNeighbours() {
        const auto a = noise(12 * 4, 10);
        std::vector<float> both;  // every sample and, 12 places on, its copy in another order
        const auto permuted = [&](size_t row) { return (row * 5 + 3) % 12; };
        for (size_t row = 0; row < 12; ++row)
            both.insert(both.end(), a.begin() + static_cast<std::ptrdiff_t>(4 * permuted(row)),
                        a.begin() + static_cast<std::ptrdiff_t>(4 * permuted(row) + 4));
        QCOMPARE(mutualNeighbours({a, 12, 4}, {a, 12, 4}, 3), 1.0);
        QCOMPARE(mutualNeighbours({both, 12, 4}, {both, 12, 4}, 3), 1.0);
        QVERIFY(mutualNeighbours({a, 12, 4}, {both, 12, 4}, 3) < 0.7);
        // Undoing the order gives the first table back.
        std::vector<float> undone(a.size());
        for (size_t row = 0; row < 12; ++row)
            std::copy_n(both.begin() + static_cast<std::ptrdiff_t>(4 * row), 4, undone.begin() + static_cast<std::ptrdiff_t>(4 * permuted(row)));
        QCOMPARE(mutualNeighbours({a, 12, 4}, {undone, 12, 4}, 3), 1.0);
    }
};

QTEST_GUILESS_MAIN(AlignmentTraining)
#include "alignment_training_test.moc"
