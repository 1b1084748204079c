#include "core/nn/kernels/many_rows.h"

#include <QtTest>
#include <limits>

#include "tests/core/nn/random_matrix.h"

using namespace fusionscope;
using namespace fusionscope::nn::kernels;
using test::Matrix;

class ManyRowsTest : public QObject {
    Q_OBJECT

    std::mt19937 m_random{23};

    static std::vector<float> times(const Matrix& matrix, const std::vector<float>& x, int64_t rows) {
        PackedRows packed(matrix.view(), rows);
        packed.assign(x.data(), 0, packed.groups());
        std::vector<float> y(static_cast<size_t>(rows * matrix.out));
        product(matrix.view(), packed, nullptr, 0, matrix.out, y.data());
        return y;
    }

  private slots:
    void init() {
        if (!takesManyRows(MatrixForm::Q4_0)) QSKIP("this processor has neither AVX2 nor AVX-512");
    }
    void cleanup() { useAtMost(Instructions::Avx512); }

    void productsAreThoseOfTheNumbers_data() { test::addMatrixRows(); }
    void productsAreThoseOfTheNumbers() {
        QFETCH(int, form);
        QFETCH(int, out);
        QFETCH(int, in);
        QFETCH(int, group);
        const auto matrix = test::randomMatrix(static_cast<MatrixForm>(form), out, in, group, m_random);
        if (!takesManyRows(matrix.form)) return;
        for (const auto most : {Instructions::Avx2, Instructions::Avx512}) {
            useAtMost(most);
            const auto fault = test::manyRowsFault(
                matrix, [](auto&&... all) { product(all...); }, m_random);
            QVERIFY2(fault.isEmpty(), qPrintable(fault));
        }
    }

    void greatNumbersAreCarriedWhole() {
        // Every activation at the greatest number, every weight at its ends, all products of one sign.
        for (const auto form : {MatrixForm::Bf16, MatrixForm::Int4, MatrixForm::Q4_0, MatrixForm::Int8, MatrixForm::Q8_0})
            for (const int fill : {0x00, 0x0f, 0xf0, 0xff, 0x80, 0x7f, 0x40, 0xc0})
                for (const float sign : {1.0F, -1.0F}) {
                    Matrix matrix = test::randomMatrix(form, 3, 512, 32, m_random);
                    if (form == MatrixForm::Bf16 && fill != 0x40 && fill != 0xc0) continue;  // too small, or no numbers
                    std::ranges::fill(matrix.values, static_cast<uint8_t>(fill));
                    const std::vector<float> x(512 * 7, 3.0F * sign);
                    const double error = test::expectedProduct(matrix, x, 7).error(times(matrix, x, 7));
                    QVERIFY2(error < 5e-4, qPrintable(QString("form %1, %2: %3").arg(static_cast<int>(form)).arg(fill).arg(error)));
                }
    }

    void aRowsBitsDoNotDependOnTheOthers() {
        for (const auto form : {MatrixForm::Bf16, MatrixForm::Q4_1, MatrixForm::Int8}) {
            const auto matrix = test::randomMatrix(form, 40, 288, 32, m_random);
            const auto x = test::randomNumbers(PackedRows::most * matrix.in, m_random);
            const auto all = times(matrix, x, PackedRows::most);
            for (const int64_t row : {int64_t{0}, int64_t{7}, PackedRows::most - 1}) {
                const std::vector<float> alone(x.begin() + row * matrix.in, x.begin() + (row + 1) * matrix.in);
                const std::vector<float> part(all.begin() + row * matrix.out, all.begin() + (row + 1) * matrix.out);
                QCOMPARE(times(matrix, alone, 1), part);
            }
        }
    }

    void whatIsNotFiniteStaysSo() {
        for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
            for (const auto form : {MatrixForm::Bf16, MatrixForm::Q4_0, MatrixForm::Q8_0}) {
                const auto matrix = test::randomMatrix(form, 5, 96, 32, m_random);
                auto x = test::randomNumbers(9 * matrix.in, m_random);
                x[static_cast<size_t>(3 * matrix.in + 70)] = bad;
                const auto y = times(matrix, x, 9);
                for (int64_t row = 0; row < 9; ++row)
                    for (int64_t o = 0; o < matrix.out; ++o)
                        QCOMPARE(std::isfinite(y[static_cast<size_t>(row * matrix.out + o)]), row != 3);
            }
    }

    void smallAndEmptyRowsAreZero() {
        const auto matrix = test::randomMatrix(MatrixForm::Q4_1, 20, 64, 32, m_random);
        for (const float value : {0.0F, 1e-38F}) {
            const auto y = times(matrix, std::vector<float>(static_cast<size_t>(11 * matrix.in), value), 11);
            for (const float number : y) QVERIFY(std::abs(number) < 1e-30F);
        }
    }
};

QTEST_GUILESS_MAIN(ManyRowsTest)
#include "many_rows_test.moc"
