#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <filesystem>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/train/curve.h"
#include "core/train/feed.h"
#include "core/train/lesson_plan.h"
#include "core/train/matrix_work.h"
#include "core/train/optimizer.h"
#include "core/train/recipe.h"
#include "core/train/snapshot.h"

using namespace fusionscope;
using namespace fusionscope::train;

namespace {

/// A matrix, a table and a row that are to become what they are compared with.
Tensors someWeights() {
    at::manual_seed(5);
    Tensors weights{{"layer.weight", at::randn({6, 9})}, {"embed.weight", at::randn({5, 4})}, {"layer.bias", at::randn({7})}};
    for (auto& [name, weight] : weights) weight.set_requires_grad(true);
    return weights;
}

double distanceAndGradients(const Tensors& weights) {
    Tensor loss = at::zeros({});
    for (const auto& [name, weight] : weights) loss = loss + (weight - 0.5).square().sum();
    loss.backward();
    return loss.item<double>();
}

}  // namespace

/// Optimizer, checkpoint, curve, feed and recipe.
class Pieces : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

  private slots:
    void orthogonalisedBringsSingularValuesNearOne_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        for (auto [rows, columns] : {std::pair{8, 8}, {64, 16}, {16, 64}, {1, 9}}) QTest::addRow("%d x %d", rows, columns) << rows << columns;
    }
    void orthogonalisedBringsSingularValuesNearOne() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        at::manual_seed(3);
        const Tensor matrix = at::randn({rows, columns});
        const Tensor found = orthogonalised(matrix);
        QCOMPARE(found.sizes(), matrix.sizes());
        const Tensor gram = rows > columns ? found.t().mm(found) : found.mm(found.t());
        const Tensor values = at::linalg_eigvalsh(gram).sqrt();
        QVERIFY2(values.max().item<double>() < 1.3, std::to_string(values.max().item<double>()).c_str());
        QVERIFY2(values.min().item<double>() > 0.3, std::to_string(values.min().item<double>()).c_str());
    }

    void optimizerFindsTheMinimum_data() {
        QTest::addColumn<bool>("narrow");
        QTest::newRow("products in fp32") << false;
        QTest::newRow("products in bf16") << true;
    }
    void optimizerFindsTheMinimum() {
        QFETCH(bool, narrow);
        const Tensors weights = someWeights();
        OptimizerOptions options;
        options.matrixRate = options.otherRate = 0.05;
        options.matrixDecay = 0;
        Optimizer optimizer(weights, options, narrow ? c10::kBFloat16 : c10::kFloat);
        const double before = distanceAndGradients(weights);
        double after = before;
        for (int i = 0; i < 300; ++i) {
            optimizer.step(1 - i / 300.0);
            after = distanceAndGradients(weights);
        }
        QVERIFY2(after < before / 100, std::to_string(after / before).c_str());
    }

    void optimizerGoesOnFromItsState() {
        const auto trained = [](int stopAfter) {
            Tensors weights = someWeights();
            auto optimizer = std::make_unique<Optimizer>(weights, OptimizerOptions());
            for (int i = 0; i < 6; ++i) {
                if (i == stopAfter) {
                    Tensors state;
                    optimizer->save(state);
                    for (auto& [name, tensor] : state) tensor = tensor.clone();
                    optimizer = std::make_unique<Optimizer>(weights, OptimizerOptions());
                    optimizer->load(state);
                }
                distanceAndGradients(weights);
                optimizer->step(1);
            }
            return weights;
        };
        const Tensors whole = trained(-1), stopped = trained(3);
        for (const auto& [name, weight] : whole) QVERIFY2(at::equal(weight, stopped.at(name)), name.c_str());
    }

    void optimizerTellsOfABrokenGradient() {
        const Tensors weights = someWeights();
        Optimizer optimizer(weights, {});
        (weights.at("layer.bias") * NAN).sum().backward();
        QVERIFY(std::isnan(optimizer.step(1).item<double>()));
    }

    void gradientsAreClippedTogether() {
        const Tensors weights = someWeights();
        Optimizer optimizer(weights, {});
        distanceAndGradients(weights);
        Tensor sum = at::zeros({});
        for (const auto& [name, weight] : weights) sum += weight.grad().square().sum();
        QVERIFY(std::abs(optimizer.step(0).item<double>() - sum.sqrt().item<double>()) < 1e-4);
    }

    void snapshotComesBackWhole() {
        QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("a.safetensors").toStdString();
        at::manual_seed(1);
        Snapshot snapshot{{{"weight/x", at::randn({3, 4})}, {"steps", at::ones({1}, c10::kDouble) * 7}}, {{"seen", 41}}};
        snapshot.write(file);
        const Snapshot read = Snapshot::read(file);
        QCOMPARE(read.state["seen"].get<int>(), 41);
        QVERIFY(at::equal(read.tensors.at("weight/x"), snapshot.tensors.at("weight/x")));
        QVERIFY(at::equal(read.tensors.at("steps"), snapshot.tensors.at("steps")));
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 8);
        QVERIFY_THROWS_EXCEPTION(Error, Snapshot::read(file));
    }

    void curveDropsStepsThatAreMadeAgain() {
        QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("curve.csv").toStdString();
        {
            Curve curve(file, {"pictures", "loss"}, 0);
            for (const double seen : {8.0, 16.0, 24.0}) curve.add({seen, 1 / seen});
            curve.flush();
        }
        Curve(file, {"pictures", "loss"}, 16).add({24, 0.5});
        QFile text(QString::fromStdString(file.string()));
        QVERIFY(text.open(QIODevice::ReadOnly));
        QCOMPARE(text.readAll(), QByteArray("pictures,loss\n8,0.125\n16,0.0625\n24,0.5\n"));
        QVERIFY_THROWS_EXCEPTION(Error, Curve(file, {"pictures", "other"}, 16));
    }

    void feedGivesItemsInOrderAndPassesOnFailures_data() {
        QTest::addColumn<std::size_t>("threads");
        for (const std::size_t threads : {1, 2, 7}) QTest::addRow("%zu threads", threads) << threads;
    }
    void feedGivesItemsInOrderAndPassesOnFailures() {
        QFETCH(std::size_t, threads);
        Feed<int> feed([](uint64_t number) { return number == 40 ? throw Error("no more", "test") : static_cast<int>(number) * 2; }, 3, threads);
        for (int i = 0; i < 40; ++i) QCOMPARE(feed.next(), 2 * i);
        QVERIFY_THROWS_EXCEPTION(Error, feed.next());
        QVERIFY_THROWS_EXCEPTION(Error, feed.next());
    }

    void feedCanBeDroppedWhileItIsFull() {
        Feed<std::vector<int>> feed([](uint64_t) { return std::vector<int>(1000); }, 2, 3);
        feed.next();
    }

    void matrixWorkCountsForwardAndBackward() {
        const Tensor a = at::randn({3, 5}).set_requires_grad(true), b = at::randn({5, 7}).set_requires_grad(true);
        const MatrixWork work;
        a.mm(b).sum().backward();
        QCOMPARE(work.operations(), 3.0 * 2 * 3 * 5 * 7);
    }

    void matrixWorkCountsConvolutions() {
        const Tensor picture = at::randn({2, 3, 9, 9}).set_requires_grad(true), kernel = at::randn({4, 3, 3, 3}).set_requires_grad(true);
        const MatrixWork work;
        at::conv2d(picture, kernel, {}, 2, 1).sum().backward();
        QCOMPARE(work.operations(), 3.0 * 2 * (2 * 4 * 5 * 5) * (3 * 3 * 3));
    }

    void shippedRecipesAreRead() {
        int count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(FUSIONSCOPE_SOURCE_DIR "/resources/train")) {
            const Recipe recipe = readRecipe(entry.path());
            QVERIFY(recipe.pictures >= recipe.batch);
            ++count;
        }
        QVERIFY(count >= 3);
    }

    void aRecipeSaysHowItDiffersFromAnother() {
        const auto write = [&](const char* name, const QByteArray& text) {
            QFile file(m_folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text);
        };
        const auto path = [&](const char* name) { return std::filesystem::path(m_folder.filePath(name).toStdString()); };
        write("whole.json", R"({"stage": "instructions", "pictures": 50, "batch": 8, "optimizer": {"clip": 2, "momentum": 0.5}})");
        write("own.json", R"({"like": "whole.json", "batch": 4, "optimizer": {"clip": 3}})");
        write("third.json", R"({"like": "own.json"})");
        write("lost.json", R"({"like": "nothing.json"})");
        write("list.json", "[1]");
        write("of-list.json", R"({"like": "list.json"})");
        const Recipe own = readRecipe(path("own.json"));
        QCOMPARE(own.stage, Recipe::Stage::Instructions);
        QCOMPARE(own.pictures, 50);
        QCOMPARE(own.batch, 4);
        QCOMPARE(own.optimizer.clip, 3.0);
        QCOMPARE(own.optimizer.momentum, 0.5);
        for (const char* name : {"third.json", "lost.json", "of-list.json"}) QVERIFY_THROWS_EXCEPTION(Error, readRecipe(path(name)));
    }

    void rateRisesThenFallsWithPictures() {
        Recipe recipe;
        recipe.pictures = 1000;
        recipe.warmUp = 100;
        recipe.batch = 10;
        recipe.leastRate = 0.1;
        QVERIFY(recipe.rate(0, recipe.done(0)) > 0 && recipe.rate(0, recipe.done(0)) < recipe.rate(50, recipe.done(50)));
        QCOMPARE(recipe.rate(100, recipe.done(100)), 1.0);
        QVERIFY(std::abs(recipe.rate(550, recipe.done(550)) - 0.55) < 1e-9);
        QVERIFY(std::abs(recipe.rate(1000, recipe.done(1000)) - 0.1) < 1e-9);
        QVERIFY(std::abs(recipe.rate(5000, recipe.done(5000)) - 0.1) < 1e-9);
    }

    void wrongRecipesAreRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no stage") << QByteArray(R"({"pictures": 5})");
        QTest::newRow("other stage") << QByteArray(R"({"stage": "dream", "pictures": 5})");
        QTest::newRow("no pictures") << QByteArray(R"({"stage": "tower"})");
        QTest::newRow("rate") << QByteArray(R"({"stage": "tower", "pictures": 5, "optimizer": {"matrix_rate": -1}})");
        QTest::newRow("family") << QByteArray(R"({"stage": "tower", "pictures": 5, "families": {"dreams": 1}})");
        QTest::newRow("no family") << QByteArray(R"({"stage": "tower", "pictures": 5, "families": {"text": 0}})");
        QTest::newRow("visits") << QByteArray(R"({"stage": "instructions", "pictures": 5, "batch": 10, "visits": 4})");
        QTest::newRow("exchanges") << QByteArray(R"({"stage": "instructions", "pictures": 5, "least_exchanges": 5, "most_exchanges": 4})");
    }
    void wrongRecipesAreRefused() {
        QFETCH(QByteArray, text);
        QVERIFY_THROWS_EXCEPTION(Error, Recipe::read(files::parseJson(text.toStdString(), "recipe"), "recipe"));
    }
};

QTEST_MAIN(Pieces)
#include "pieces_test.moc"
