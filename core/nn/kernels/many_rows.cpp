#include "core/nn/kernels/many_rows.h"

namespace fusionscope::nn::kernels {

namespace {

template <class Number>
std::unique_ptr<Number[]> room(int64_t count) {
    return std::make_unique_for_overwrite<Number[]>(static_cast<size_t>(count));
}

}  // namespace

bool takesManyRows(MatrixForm form) {
    return form != MatrixForm::Fp32 && instructions() != Instructions::Plain;
}

PackedRows::PackedRows(const MatrixView& matrix, int64_t rows)
    : m_rows(rows),
      m_in(matrix.in),
      m_groups((rows + together - 1) / together),
      m_fullScale(matrix.form == MatrixForm::Bf16 ? fullScaleOfBoth : fullScaleBesideBytes) {
    const int64_t blocks = (m_in + block - 1) / block, eights = (blocks + blocksAtOnce - 1) / blocksAtOnce;
    const int64_t numbers = place(eights, 0);
    m_numbers = room<int32_t>(numbers * pairs);
    m_scales = room<float>(numbers);
    m_sums = room<float>(numbers);
}

void PackedRows::assign(const float* x, int64_t first, int64_t last) {
    avx2::roundGroups(*this, x, first, last);
}

void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y) {
    if (instructions() == Instructions::Avx512) return avx512::product(matrix, x, bias, first, last, y);
    avx2::product(matrix, x, bias, first, last, y);
}

}  // namespace fusionscope::nn::kernels
