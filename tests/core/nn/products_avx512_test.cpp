// The AVX-512 products compiled a second time, with their instructions emulated, so that their arithmetic is tested on
// processors without them.

#include <QtTest>

#if __has_include(<simde/x86/avx512.h>)
#define FUSIONSCOPE_EMULATED_INTRINSICS "tests/core/nn/simde_intrinsics.h"
#define FUSIONSCOPE_AVX512_NAMESPACE avx512_emulated
#include "core/nn/kernels/few_rows_avx512.cpp"
#include "core/nn/kernels/many_rows_avx512.cpp"
#define EMULATED
#endif

#include "tests/core/nn/random_matrix.h"

using namespace fusionscope;

class ProductsAvx512 : public QObject {
    Q_OBJECT

    std::mt19937 m_random{11};

  private slots:
    void productsAreThoseOfTheNumbers_data() { test::addMatrixRows(); }
    void productsAreThoseOfTheNumbers() {
#ifdef EMULATED
        QFETCH(int, form);
        QFETCH(int, out);
        QFETCH(int, in);
        QFETCH(int, group);
        const auto matrix =
            test::randomMatrix(static_cast<nn::kernels::MatrixForm>(form), out, in, group, m_random);
        const auto product = [](auto&&... all) { nn::kernels::avx512_emulated::product(all...); };
        const auto few = test::productFault(matrix, product, m_random);
        QVERIFY2(few.isEmpty(), qPrintable("few rows: " + few));
        if (!nn::kernels::takesManyRows(matrix.form)) return;
        const auto many = test::manyRowsFault(matrix, product, m_random);
        QVERIFY2(many.isEmpty(), qPrintable("many rows: " + many));
#else
        QSKIP("built without SIMDe (libsimde-dev)");
#endif
    }
};

QTEST_GUILESS_MAIN(ProductsAvx512)
#include "products_avx512_test.moc"
