#include "core/nn/kernels/few_rows.h"

#include <QtTest>

#include "tests/core/nn/random_matrix.h"

using namespace fusionscope;
using namespace fusionscope::nn::kernels;
using test::Matrix;

class FewRows : public QObject {
    Q_OBJECT

    std::mt19937 m_random{7};

    static std::vector<Instructions> available() {
        std::vector<Instructions> all;
        for (const auto some : {Instructions::Plain, Instructions::Avx2, Instructions::Avx512})
            if (some <= instructions()) all.push_back(some);
        return all;
    }

  private slots:
    void cleanup() { useAtMost(Instructions::Avx512); }

    void productsAreThoseOfTheNumbers_data() { test::addMatrixRows(); }
    void productsAreThoseOfTheNumbers() {
        QFETCH(int, form);
        QFETCH(int, out);
        QFETCH(int, in);
        QFETCH(int, group);
        const auto matrix = test::randomMatrix(static_cast<MatrixForm>(form), out, in, group, m_random);
        for (const auto some : available()) {
            useAtMost(some);
            QVERIFY(instructions() == some);
            const auto fault = test::productFault(
                matrix, [](auto&&... all) { product(all...); }, m_random);
            QVERIFY2(fault.isEmpty(), qPrintable(QString("instructions %1: ").arg(static_cast<int>(some)) + fault));
            useAtMost(Instructions::Avx512);
        }
    }

    void greatNumbersAreCarriedWhole() {
        // Every activation at the greatest sixteen-bit number, every four-bit value at its ends.
        for (const auto form : {MatrixForm::Int4, MatrixForm::Q4_0, MatrixForm::Int8, MatrixForm::Q8_0})
            for (const int fill : {0x00, 0x0f, 0xf0, 0xff, 0x80, 0x7f})
                for (const float sign : {1.0F, -1.0F})
                    for (const auto some : available()) {
                        Matrix matrix = test::randomMatrix(form, 3, 512, 32, m_random);
                        std::ranges::fill(matrix.values, static_cast<uint8_t>(fill));
                        std::vector<float> x(512, 3.0F * sign), y(3);
                        useAtMost(some);
                        product(matrix.view(), Activations(matrix.view(), x.data(), 1), 0, 3, y.data());
                        useAtMost(Instructions::Avx512);
                        // What overflows is wrong by far more; all rounding errors point the same way here.
                        const double error = test::expectedProduct(matrix, x, 1).error(y);
                        QVERIFY2(error < 5e-4, qPrintable(QString::number(error)));
                    }
    }

    void oneFormOfActivationsServesMatricesThatWantIt() {
        const auto matrix = [&](MatrixForm form, int64_t in, int64_t group = 32) {
            return test::randomMatrix(form, 4, in, group, m_random);
        };
        const auto x = test::randomNumbers(2 * 256, m_random);
        const auto fits = [&](MatrixForm made, MatrixForm used, int64_t in = 256, int64_t group = 32) {
            return Activations(matrix(made, 256).view(), x.data(), 2).fit(matrix(used, in, group).view());
        };
        QVERIFY(fits(MatrixForm::Q4_0, MatrixForm::Q4_1));
        QVERIFY(fits(MatrixForm::Int8, MatrixForm::Q8_0));
        QVERIFY(fits(MatrixForm::Bf16, MatrixForm::Bf16));
        QVERIFY(!fits(MatrixForm::Fp32, MatrixForm::Bf16));
        QVERIFY(fits(MatrixForm::Int4, MatrixForm::Int4, 256, 128));
        QVERIFY(!fits(MatrixForm::Int4, MatrixForm::Q4_0));
        QVERIFY(!fits(MatrixForm::Int8, MatrixForm::Int4));
        QVERIFY(!fits(MatrixForm::Int8, MatrixForm::Bf16));
        QVERIFY(!fits(MatrixForm::Int8, MatrixForm::Int8, 128));
        QVERIFY(!Activations().fit(matrix(MatrixForm::Fp32, 256).view()));
    }

    void activationsAreMadeAnewInPlace() {
        const auto wide = test::randomMatrix(MatrixForm::Q4_0, 4, 512, 32, m_random);
        const auto narrow = test::randomMatrix(MatrixForm::Q4_0, 4, 288, 32, m_random);
        const auto x = test::randomNumbers(3 * 512, m_random);
        Activations activations(wide.view(), x.data(), 3);
        const auto* place = activations.split(0);
        activations.assign(narrow.view(), x.data(), 2);
        QVERIFY(activations.split(0) == place);
        std::vector<float> y(8), fresh(8);
        product(narrow.view(), activations, 0, 4, y.data());
        product(narrow.view(), Activations(narrow.view(), x.data(), 2), 0, 4, fresh.data());
        QCOMPARE(y, fresh);
    }
};

QTEST_GUILESS_MAIN(FewRows)
#include "few_rows_test.moc"
