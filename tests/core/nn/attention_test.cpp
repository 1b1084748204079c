#include "core/nn/kernels/attention.h"

#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/nn/kernels/few_rows.h"
#include "core/nn/kernels/vectors.h"

using namespace fusionscope::nn::kernels;
using at::Tensor;

namespace {

constexpr int64_t noWindow = std::numeric_limits<int64_t>::max();

double normError(const Tensor& found, const Tensor& expected) {
    const Tensor wide = expected.to(c10::kDouble);
    return ((found.to(c10::kDouble) - wide).norm() / wide.norm()).item<double>();
}

Numbers numbers(const Tensor& x) {
    if (x.scalar_type() == c10::kFloat) return x.const_data_ptr<float>();
    if (x.scalar_type() == c10::kHalf) return static_cast<const Fp16*>(x.const_data_ptr());
    return static_cast<const Bf16*>(x.const_data_ptr());
}

/// A cache with more room than tokens, whose unused room holds what is not a number.
struct Case {
    int64_t heads, kvHeads, width, rows, past, window;
    Tensor queries, keys, values;

    Case(int64_t headCount, int64_t kvHeadCount, int64_t headWidth, int64_t rowCount, int64_t pastCount,
         int64_t windowWidth, c10::ScalarType type)
        : heads(headCount), kvHeads(kvHeadCount), width(headWidth), rows(rowCount), past(pastCount), window(windowWidth) {
        queries = at::randn({rows, heads, width}) / std::sqrt(static_cast<double>(width));
        const auto cache = [&] {
            Tensor numbers = at::randn({kvHeads, past + rows + 37, width});
            numbers.narrow(1, past + rows, 37).fill_(std::numeric_limits<double>::quiet_NaN());
            return numbers.to(type);
        };
        keys = cache() * 2;
        values = cache();
    }

    CacheAttention attention() const {
        return {rows, heads, kvHeads, width, numbers(keys), numbers(values), keys.size(1), past, window};
    }

    /// [rows, heads, width]
    Tensor found() const {
        const auto attention = this->attention();
        std::vector<float> parts(static_cast<size_t>(attention.partNumbers()), std::nanf(""));
        Tensor result = at::empty({rows, heads, width});
        for (int64_t part = attention.parts(); part-- > 0;)
            for (int64_t head = 0; head < kvHeads; ++head)
                attendPart(attention, head, part, queries.const_data_ptr<float>(), parts.data());
        for (int64_t head = 0; head < heads; ++head) joinParts(attention, head, parts.data(), result.data_ptr<float>());
        return result;
    }

    /// The definition, in double precision.
    Tensor expected() const {
        const auto used = [&](const Tensor& cache) {
            return cache.narrow(1, 0, past + rows).to(c10::kDouble).repeat_interleave(heads / kvHeads, 0);
        };
        const Tensor scores = at::matmul(queries.to(c10::kDouble).transpose(0, 1), used(keys).mT());  // [heads, rows, keys]
        const Tensor key = at::arange(past + rows), query = at::arange(past, past + rows).unsqueeze(1);
        Tensor hidden = key > query;
        if (window != noWindow) hidden = hidden | (key <= query - window);
        return at::matmul(scores.masked_fill(hidden, -1e30).softmax(-1), used(values)).transpose(0, 1);
    }
};

}  // namespace

class Attention : public QObject {
    Q_OBJECT

  private slots:
    void init() { at::manual_seed(11); }
    void cleanup() { useAtMost(Instructions::Avx512); }

    void equalsItsDefinition_data() {
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("kvHeads");
        QTest::addColumn<int>("width");
        for (auto [heads, kvHeads, width] : {std::array{1, 1, 6}, {4, 2, 32}, {9, 3, 64}, {14, 2, 64}, {8, 1, 80},
                                             {6, 6, 96}, {4, 1, 128}, {2, 1, 250}, {2, 2, 256}})
            QTest::addRow("%d heads on %d, %d wide", heads, kvHeads, width) << heads << kvHeads << width;
    }
    void equalsItsDefinition() {
        QFETCH(int, heads);
        QFETCH(int, kvHeads);
        QFETCH(int, width);
        for (const auto most : {Instructions::Plain, Instructions::Avx512}) {
            useAtMost(most);
            for (const int64_t past : {0, 1, 31, 255, 256, 600})
                for (const int64_t rows : {1, 3, 8})
                    for (const int64_t window : {noWindow, int64_t{1}, int64_t{20}, int64_t{300}})
                        for (const auto type : {c10::kFloat, c10::kBFloat16}) {
                            const Case one(heads, kvHeads, width, rows, past, window, type);
                            one.found();
                            one.found();
                            const double error = normError(one.found(), one.expected());
                            QVERIFY2(error < 2e-6, qPrintable(QString("past %1, rows %2, window %3, %4: %5")
                                                                  .arg(past).arg(rows).arg(window).arg(c10::toString(type)).arg(error)));
                        }
        }
    }

    void sixteenBitsGiveTheBitsOfTheSameNumbersInFp32() {
        for (const auto most : {Instructions::Plain, Instructions::Avx512}) {
            useAtMost(most);
            for (const auto type : {c10::kBFloat16, c10::kHalf})
                for (const int64_t width : {6, 64, 96, 250}) {
                    Case one(4, 2, width, 3, 300, noWindow, type);
                    // The least and the greatest that fp16 has.
                    one.keys.select(1, 40).fill_(6e-8);
                    one.keys.select(1, 41).fill_(-3e-5);
                    one.values.select(1, 42).fill_(65504);
                    const Tensor found = one.found();
                    one.keys = one.keys.to(c10::kFloat);
                    one.values = one.values.to(c10::kFloat);
                    QVERIFY(found.isfinite().all().item<bool>());
                    QVERIFY(at::equal(found, one.found()));
                }
        }
    }

    void aRowDoesNotDependOnTheOthers() {
        for (const int64_t window : {noWindow, int64_t{20}}) {
            const Case all(6, 2, 64, 8, 250, window, c10::kFloat);
            const Tensor found = all.found();
            for (int64_t row = 0; row < all.rows; ++row) {
                Case one = all;
                one.rows = 1;
                one.past = all.past + row;
                one.queries = all.queries.narrow(0, row, 1).contiguous();
                QVERIFY(at::equal(one.found()[0], found[row]));
            }
        }
    }

    void largeScoresStayFinite() {
        Case one(2, 1, 64, 2, 700, noWindow, c10::kFloat);
        one.queries *= 1000;
        QVERIFY(normError(one.found(), one.expected()) < 1e-4);
    }

    void whatIsNotANumberStaysWithItsRow() {
        Case one(2, 1, 64, 3, 40, noWindow, c10::kFloat);
        one.queries[1].fill_(std::numeric_limits<double>::quiet_NaN());
        const Tensor found = one.found();
        QVERIFY(found[0].isfinite().all().item<bool>());
        QVERIFY(!found[1].isfinite().any().item<bool>());
        QVERIFY(found[2].isfinite().all().item<bool>());
    }

    void elementaryStepsAreExact_data() {
        QTest::addColumn<int>("count");
        for (int count : {1, 5, 8, 16, 31, 32}) QTest::addRow("%d numbers", count) << count;
    }
    void elementaryStepsAreExact() {
        QFETCH(int, count);
        for (const auto most : {Instructions::Plain, Instructions::Avx512}) {
            useAtMost(most);
            const Vectors& use = vectors();
            const Tensor x = at::randn({count}) * 8, up = at::randn({count}), wide = x.to(c10::kDouble);
            Tensor y = at::empty({count});
            use.gated(x.const_data_ptr<float>(), up.const_data_ptr<float>(), count, y.data_ptr<float>());
            QVERIFY(normError(y, at::silu(wide) * up) < 1e-6);
            QVERIFY(std::abs(use.squares(x.const_data_ptr<float>(), count) / wide.square().sum().item<double>() - 1) < 1e-6);

            y = x.clone();
            const auto most32 = x.max().item<float>();
            const float sum = use.exponentials(y.data_ptr<float>(), count, most32);
            const Tensor shares = (wide - most32).exp();
            QVERIFY(normError(y, shares) < 1e-6);
            QVERIFY(std::abs(sum / shares.sum().item<double>() - 1) < 1e-6);

            const Tensor narrow = x.to(c10::kBFloat16);
            use.widen(static_cast<const Bf16*>(narrow.const_data_ptr()), count, y.data_ptr<float>());
            QVERIFY(at::equal(y, narrow.to(c10::kFloat)));
        }
    }
};

QTEST_GUILESS_MAIN(Attention)
#include "attention_test.moc"
