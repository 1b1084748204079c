#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <QtTest>
#include <algorithm>
#include <stdexcept>

#include "core/bench/counters.h"
#include "core/nn/layers.h"
#include "core/nn/linear.h"

using namespace fusionscope;
using bench::countPhases;
using bench::Phase;

namespace {

const Phase& named(const std::vector<Phase>& phases, const std::string& name) {
    const auto found = std::ranges::find(phases, name, &Phase::name);
    if (found == phases.end()) throw std::runtime_error("there is no phase \"" + name + "\"");
    return *found;
}

double operations(const std::function<void()>& pass) { return named(countPhases(pass), "").operations; }

}  // namespace

/// Counters tell what a pass consists of.
class Counters : public QObject {
    Q_OBJECT

  private slots:
    void aScopeInsideAnotherIsItsOwnPhase() {
        const auto phases = countPhases([] {
            QTest::qSleep(10);
            for (int i = 0; i < 2; ++i) {
                RECORD_USER_SCOPE("outer");
                [] {
                    RECORD_USER_SCOPE("inner");
                    QTest::qSleep(100);
                }();
            }
        });
        QCOMPARE(phases.size(), size_t{3});
        QCOMPARE(named(phases, "outer").calls, 2);
        QCOMPARE(named(phases, "outer / inner").calls, 2);
        QVERIFY(named(phases, "outer / inner").seconds >= 0.2);
        QVERIFY2(named(phases, "outer").seconds < named(phases, "outer / inner").seconds, "inner time is counted in outer too");
        QVERIFY(named(phases, "").seconds >= 0.01);
        QCOMPARE(phases.front().name, std::string("outer / inner"));
    }

    void aPartThatMarksItselfTwiceIsOnePhase() {
        const auto phases = countPhases([] {
            RECORD_USER_SCOPE("products");
            [] { RECORD_USER_SCOPE("products"); }();
        });
        QCOMPARE(phases.size(), size_t{2});
    }

    void productsAreCountedExactly() {
        const auto left = at::ones({3, 4}), right = at::ones({4, 5});
        QCOMPARE(operations([&] { at::mm(left, right); }), 2.0 * 3 * 4 * 5);
        QCOMPARE(operations([&] { at::linear(left, right.t(), at::ones({5})); }), 2.0 * 3 * 4 * 5);
        QCOMPARE(operations([&] { at::matmul(at::ones({2, 3, 4}), at::ones({2, 4, 5})); }), 2.0 * 2 * 3 * 4 * 5);
        QCOMPARE(operations([&] { at::conv2d(at::ones({1, 2, 8, 8}), at::ones({4, 2, 3, 3}), {}, 2, 1); }), 2.0 * 4 * 4 * 4 * 2 * 9);
        QCOMPARE(operations([&] { at::conv2d(at::ones({1, 4, 8, 8}), at::ones({4, 1, 3, 3}), {}, 1, 1, 1, 4); }), 2.0 * 8 * 8 * 4 * 9);
    }

    void layersOpenTheirPhases() {
        const c10::InferenceMode inference;
        const nn::Linear linear(at::ones({5, 64}), at::ones({5}));
        const auto states = at::ones({1, 2, 8, 16});
        const auto phases = countPhases([&] {
            linear(at::ones({32, 64}));
            nn::attention(states, states, states, {}, 0.25);
        });
        QCOMPARE(named(phases, "products").operations, 2.0 * 32 * 64 * 5);
        QCOMPARE(named(phases, "attention").operations, 4.0 * 2 * 8 * 8 * 16);
    }

    void aPassThatFailsLeavesNothingBehind() {
        const auto fail = [] {
            RECORD_USER_SCOPE("outer");
            throw std::runtime_error("on purpose");
        };
        QVERIFY_EXCEPTION_THROWN(countPhases(fail), std::runtime_error);
        QVERIFY(!at::hasCallbacks());
        QCOMPARE(countPhases([] {}).size(), size_t{1});
    }
};

QTEST_GUILESS_MAIN(Counters)
#include "counters_test.moc"
