#include "core/nn/kernels/many_rows.h"

#ifdef __x86_64__

// GCC 12 takes its own way to say "any value will do" for a mistake.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#define FUSIONSCOPE_VECTORS FUSIONSCOPE_AVX512
#include "core/nn/kernels/many_rows_x86.h"

namespace fusionscope::nn::kernels::FUSIONSCOPE_AVX512_NAMESPACE {

namespace {

struct Vectors {
    using Whole = __m512i;
    static constexpr int64_t lanes = 16;

    FUSIONSCOPE_INLINE static Whole zero() { return _mm512_setzero_si512(); }
    FUSIONSCOPE_INLINE static Whole loaded(const int32_t* numbers) { return _mm512_loadu_si512(numbers); }
    FUSIONSCOPE_INLINE static Whole spread(int32_t pair) { return _mm512_set1_epi32(pair); }
    FUSIONSCOPE_INLINE static Whole addProducts(Whole sum, Whole weights, Whole x) {
        return _mm512_dpwssd_epi32(sum, weights, x);
    }
    FUSIONSCOPE_INLINE static void inTurn(Whole&, Whole&) {}  // there are registers enough

    template <bool least>
    FUSIONSCOPE_INLINE static void addScaled(Whole sum, float rowScale, float rowSum, const float* scales,
                                             const float* leasts, float* to) {
        const __m512 number = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(rowScale));
        __m512 total = _mm512_fmadd_ps(number, _mm512_loadu_ps(scales), _mm512_loadu_ps(to));
        if constexpr (least) total = _mm512_fmadd_ps(_mm512_set1_ps(rowSum), _mm512_loadu_ps(leasts), total);
        _mm512_storeu_ps(to, total);
    }
};

}  // namespace

void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y) {
    ManyRows<Vectors>::productOfForm(matrix, x, bias, first, last, y);
}

}  // namespace fusionscope::nn::kernels::FUSIONSCOPE_AVX512_NAMESPACE

#else

namespace fusionscope::nn::kernels::avx512 {

void product(const MatrixView&, const PackedRows&, const float*, int64_t, int64_t, float*) {}

}  // namespace fusionscope::nn::kernels::avx512

#endif
