#include "core/nn/kernels/few_rows_vectors.h"

#ifdef __x86_64__

// GCC 12 takes its own way to say "any value will do" for a mistake.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#define FUSIONSCOPE_VECTORS FUSIONSCOPE_AVX512
#include "core/nn/kernels/few_rows_x86.h"

namespace fusionscope::nn::kernels::FUSIONSCOPE_AVX512_NAMESPACE {

namespace {

FUSIONSCOPE_INLINE __m512i loadWhole(const void* place) { return _mm512_loadu_si512(place); }

struct Steps {
    /// Two sums of products a row, so that one does not wait for the other, and one of what offsets add.
    template <int R>
    struct Totals {
        __m512 sums[R][2];
        __m256 offsets[R];

        FUSIONSCOPE_INLINE Totals() {
            for (int r = 0; r < R; ++r) {
                sums[r][0] = sums[r][1] = _mm512_setzero_ps();
                offsets[r] = _mm256_setzero_ps();
            }
        }
        FUSIONSCOPE_INLINE void add(int r, int turn, __m512 x, __m512 factor) {
            sums[r][turn] = _mm512_fmadd_ps(x, factor, sums[r][turn]);
        }
        FUSIONSCOPE_INLINE float of(int r) const {
            alignas(64) float sixteen[16];
            _mm512_store_ps(sixteen, _mm512_add_ps(sums[r][0], sums[r][1]));
            const __m256 halves = _mm256_add_ps(_mm256_load_ps(sixteen), _mm256_load_ps(sixteen + 8));
            return sumOf(_mm256_add_ps(halves, offsets[r]));
        }
    };

    template <MatrixForm form, int Blocks, int R>
    FUSIONSCOPE_INLINE static void addEight(int64_t blocks, const uint8_t* bytes, const uint16_t* scales,
                                            const SplitRows<R>& rows, int64_t eight, Totals<R>& total) {
        const Groups groups = eightGroups<form, Blocks>(scales);
        __m256 factors[R];
        for (int r = 0; r < R; ++r) {
            factors[r] = _mm256_mul_ps(groups.scale, _mm256_loadu_ps(rows.scales[r] + 8 * eight));
            total.offsets[r] =
                _mm256_fmadd_ps(groups.least, _mm256_loadu_ps(rows.sums[r] + 8 * eight), total.offsets[r]);
        }
        uint8_t filled[128] = {};
        if (blocks < 8) {
            std::memcpy(filled, bytes, static_cast<size_t>(blocks) * 16);
            bytes = filled;
        }
        addFour<0, R>(loadWhole(bytes), rows, eight, factors, total);
        if (blocks > 4) addFour<1, R>(loadWhole(bytes + 64), rows, eight, factors, total);
    }

    /// Adds the products of the first or the second four blocks of eight. @param values 16 bytes of each
    template <int Q, int R>
    FUSIONSCOPE_INLINE static void addFour(__m512i values, const SplitRows<R>& rows, int64_t eight,
                                           const __m256* factors, Totals<R>& total) {
        const __m512i fifteen = _mm512_set1_epi8(15), zero = _mm512_setzero_si512();
        const __m512i low = _mm512_and_si512(values, fifteen);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(values, 4), fifteen);
        // Factors lie as Activations::splitPlace() says; the four sums of a block want the same one.
        const __m512i spread = Q == 0 ? _mm512_set_epi32(5, 5, 5, 5, 1, 1, 1, 1, 4, 4, 4, 4, 0, 0, 0, 0)
                                      : _mm512_set_epi32(7, 7, 7, 7, 3, 3, 3, 3, 6, 6, 6, 6, 2, 2, 2, 2);
        for (int r = 0; r < R; ++r) {
            const int8_t* x = rows.numbers[r] + (2 * eight + Q) * Activations::runBytes;
            const __m512i upper =
                _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(zero, low, loadWhole(x)), high, loadWhole(x + 128));
            const __m512i lower =
                _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(zero, low, loadWhole(x + 64)), high, loadWhole(x + 192));
            const __m512i dot = _mm512_add_epi32(_mm512_slli_epi32(upper, 8), lower);
            total.add(r, Q, _mm512_cvtepi32_ps(dot),
                      _mm512_permutexvar_ps(spread, _mm512_castps256_ps512(factors[r])));
        }
    }

    template <int R>
    FUSIONSCOPE_INLINE static void addBytes(const int8_t* weights, const WordRows<R>& rows, int64_t b,
                                            const float* const* factors, Totals<R>& total) {
        const __m512i wide = _mm512_cvtepi8_epi16(load(weights));
        for (int r = 0; r < R; ++r) {
            const __m512i x = loadWhole(rows.numbers[r] + b * block);
            const __m512i dot = _mm512_dpwssd_epi32(_mm512_setzero_si512(), wide, x);
            total.add(r, 0, _mm512_cvtepi32_ps(dot), _mm512_set1_ps(*factors[r]));
        }
    }

    template <int R>
    using NumberTotals = Totals<R>;

    template <int R>
    FUSIONSCOPE_INLINE static void addNumbers(const float* weights, const float* const* rows, int64_t i,
                                              Totals<R>& total) {
        add<R>(_mm512_loadu_ps(weights), _mm512_loadu_ps(weights + 16), rows, i, total);
    }

    template <int R>
    FUSIONSCOPE_INLINE static void addNumbers(const uint16_t* weights, const float* const* rows, int64_t i,
                                              Totals<R>& total) {
        const __m512i pairs = loadWhole(weights), upper = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
        add<R>(_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)), _mm512_castsi512_ps(_mm512_and_si512(pairs, upper)),
               rows, i, total);
    }

    template <int R>
    FUSIONSCOPE_INLINE static void add(__m512 early, __m512 late, const float* const* rows, int64_t i,
                                       Totals<R>& total) {
        for (int r = 0; r < R; ++r) {
            total.add(r, 0, early, _mm512_loadu_ps(rows[r] + i));
            total.add(r, 1, late, _mm512_loadu_ps(rows[r] + i + 16));
        }
    }
};

}  // namespace

bool supported() {
    static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
    return has;
}

void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y) {
    productBy<Steps>(matrix, x, first, last, y);
}

}  // namespace fusionscope::nn::kernels::FUSIONSCOPE_AVX512_NAMESPACE

#else

namespace fusionscope::nn::kernels::avx512 {

bool supported() { return false; }
void product(const MatrixView&, const Activations&, int64_t, int64_t, float*) {}

}  // namespace fusionscope::nn::kernels::avx512

#endif
