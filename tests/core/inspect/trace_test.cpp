#include <ATen/ATen.h>

#include <QtTest>

#include "core/inspect/eigen.h"
#include "core/inspect/tensor_map.h"
#include "core/inspect/trace.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;
using fusionscope::nn::Pass;

class TraceTest : public QObject {
    Q_OBJECT

  private slots:
    void keepsOnlyWhatIsAskedForInTheOrderOfThePass() {
        Trace trace({"tower/*", "llm/norm"});
        Pass pass;
        pass.recorder = &trace;
        for (const char* name : {"tower/b", "fusion/concat", "llm/norm", "tower/a"}) pass.record(name, at::ones({2}));
        QVERIFY(pass.wants("tower/x") && !pass.wants("fusion/concat"));
        std::vector<std::string> names;
        for (const Activation& activation : trace.activations()) names.push_back(activation.name);
        QCOMPARE(names, (std::vector<std::string>{"tower/b", "llm/norm", "tower/a"}));
        QVERIFY(trace.has("tower/a") && !trace.has("fusion/concat"));
        QCOMPARE(trace.bytes(), std::size_t{3 * 2 * 4});
    }

    void copiesOutliveAndIgnoreThePass() {
        Trace trace({"*"});
        at::Tensor value = at::arange(6, at::kFloat).reshape({2, 3});
        trace.record("x", value.t());
        value.fill_(-1);
        const Activation& kept = trace.activation("x");
        QCOMPARE(kept.shape, (std::vector<int64_t>{3, 2}));
        QVERIFY(kept.values.is_contiguous());
        QVERIFY(at::equal(kept.values, at::tensor({0.F, 3.F, 1.F, 4.F, 2.F, 5.F}).reshape({3, 2})));
    }

    void lowerPrecisionsBecomeFloats() {
        Trace trace({"*"});
        trace.record("x", at::tensor({1.5F, -2.F}).to(at::kBFloat16));
        QCOMPARE(trace.activation("x").values.scalar_type(), at::kFloat);
        QVERIFY(at::equal(trace.activation("x").values, at::tensor({1.5F, -2.F})));
    }

    void repeatedNamesAreNumbered() {
        Trace trace({"llm/*"});
        for (int token = 1; token <= 3; ++token) trace.record("llm/logits", at::full({1}, token));
        QCOMPARE(trace.activation("llm/logits").values.item<float>(), 1.0F);
        QCOMPARE(trace.activation("llm/logits#2").values.item<float>(), 2.0F);
        QCOMPARE(trace.activation("llm/logits#3").values.item<float>(), 3.0F);
        trace.clear();
        QCOMPARE(trace.bytes(), std::size_t{0});
        trace.record("llm/logits", at::full({1}, 9));
        QCOMPARE(trace.activation("llm/logits").values.item<float>(), 9.0F);
    }

    void shapesAloneNeedNoValues() {
        Trace trace({"*"}, Trace::Keep::Shapes, 0);
        trace.record("x", at::empty({4, 1 << 20}, at::TensorOptions().device(at::kMeta)));
        QCOMPARE(trace.activation("x").shape, (std::vector<int64_t>{4, 1 << 20}));
        QCOMPARE(trace.bytes(), std::size_t{0});
        COMPARE_REFUSAL(toFeatureMap(trace.activation("x").values, "x"), "only its shape");
    }

    void refusesMoreThanItsLimit() {
        Trace trace({"*"}, Trace::Keep::Values, 100);
        trace.record("first", at::ones({20}));
        COMPARE_REFUSAL(trace.record("second", at::ones({6})), "second: this activation takes 24 bytes after 80");
        QVERIFY(!trace.has("second"));
        trace.record("third", at::ones({5}));  // fits exactly
        COMPARE_REFUSAL(trace.activation("fourth"), "fourth: no activation of this name");
    }

    void activationsBecomeMaps_data() {
        QTest::addColumn<std::vector<int64_t>>("shape");
        QTest::addColumn<int>("side");
        QTest::addColumn<float>("first");
        using Shape = std::vector<int64_t>;
        QTest::newRow("patches, channels") << Shape{9, 2} << 3 << 0.0F;
        QTest::newRow("batch of one") << Shape{1, 9, 2} << 3 << 0.0F;
        QTest::newRow("rows, columns, channels") << Shape{1, 3, 3, 2} << 3 << 0.0F;
        QTest::newRow("pooled token in front") << Shape{1, 10, 2} << 3 << 2.0F;
        QTest::newRow("one patch") << Shape{1, 1, 2} << 1 << 0.0F;
        QTest::newRow("one patch after the pooled token") << Shape{1, 2, 2} << 1 << 2.0F;
    }
    void activationsBecomeMaps() {
        QFETCH(std::vector<int64_t>, shape);
        QFETCH(int, side);
        QFETCH(float, first);
        const int64_t count = c10::multiply_integers(shape);
        const FeatureMap map = toFeatureMap(at::arange(count, at::kFloat).reshape(shape), "x");
        QCOMPARE(map.rows, side);
        QCOMPARE(map.columns, side);
        QCOMPARE(map.channels, 2);
        QCOMPARE(map.data.front(), first);
        QCOMPARE(map.data.back(), static_cast<float>(count - 1));
        requireSound(map);
    }

    void gridsThatAreNotSquareAreNamed() {
        const FeatureMap map = toFeatureMap(at::arange(24, at::kFloat).reshape({1, 6, 4}).to(at::kHalf), "x", 2, 3);
        QCOMPARE(map.rows, 2);
        QCOMPARE(map.columns, 3);
        QCOMPARE(map.patch(4)[1], 17.0F);
    }

    void refusesWhatHasNoGrid() {
        COMPARE_REFUSAL(toFeatureMap(at::ones({7, 2}), "x"), "x: its shape is [7, 2]");
        COMPARE_REFUSAL(toFeatureMap(at::ones({9}), "x"), "square grid");
        COMPARE_REFUSAL(toFeatureMap(at::ones({}), "x"), "square grid");
        COMPARE_REFUSAL(toFeatureMap(at::ones({0, 2}), "x"), "square grid");
        COMPARE_REFUSAL(toFeatureMap(at::ones({2, 2, 2, 2}), "x"), "square grid");
        COMPARE_REFUSAL(toFeatureMap(at::ones({10, 2}), "x", 2, 4), "expected [8, channels]");
        COMPARE_REFUSAL(toFeatureMap(at::ones({9, 2}), "x", -3, -3), "its shape");
    }

    void largestEigenpairsAreThoseOfTheWhole_data() {
        QTest::addColumn<int>("size");
        QTest::addColumn<double>("decay");
        QTest::newRow("decomposed whole") << 50 << 0.9;
        QTest::newRow("quickly falling") << 400 << 0.8;
        QTest::newRow("slowly falling") << 400 << 0.999;
        QTest::newRow("all equal") << 300 << 1.0;
    }
    void largestEigenpairsAreThoseOfTheWhole() {
        QFETCH(int, size);
        QFETCH(double, decay);
        const at::Tensor turn = std::get<0>(at::linalg_qr(at::sin(at::arange(size * size, at::kDouble).square()).reshape({size, size})));
        const at::Tensor values = at::pow(decay, at::arange(size, at::kDouble)) * 7;
        const at::Tensor matrix = at::mm(turn * values, turn.t());

        const Eigenpairs pairs = largestEigenpairs(matrix, 3);

        QCOMPARE(pairs.vectors.size(1), int64_t{3});
        QVERIFY((pairs.values - values.narrow(0, 0, 3)).abs().max().item<double>() < 1e-10);
        QVERIFY((at::mm(matrix, pairs.vectors) - pairs.vectors * pairs.values).norm().item<double>() < 1e-9);
        QVERIFY((at::mm(pairs.vectors.t(), pairs.vectors) - at::eye(3, at::kDouble)).norm().item<double>() < 1e-9);
    }
};

QTEST_GUILESS_MAIN(TraceTest)
#include "trace_test.moc"
