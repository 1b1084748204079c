#pragma once

#include <cstdint>
#include <memory>

#include "core/nn/kernels/few_rows.h"

namespace fusionscope::nn::kernels {

/// Products of many rows of activations with a large matrix, W [out, in] row-major, in whole numbers of sixteen bits: of
/// those a processor multiplies more in a cycle than of fp32 numbers, and adds them up without rounding. For processors
/// without instructions for bf16 matrices.
///
/// Activations and weights lie as whole numbers with a scale for every 32 columns. Weights of the quantised forms are
/// whole numbers as they are, so activations keep four digits of the largest one in their block. Of bf16 matrices both
/// are rounded to 14 bits of the largest one, an error ten times below that of bf16 activations.

/// Whether there are such products with matrices of this form here: of every form but Fp32, in vector instructions.
bool takesManyRows(MatrixForm form);

/// Some rows of activations as the products want them.
class PackedRows {
  public:
    /// So many rows at once and no more: with them, a part of the matrix stays in the cache of a core.
    static constexpr int64_t most = 768;

    /// @param rows at most `most`
    PackedRows(const MatrixView& matrix, int64_t rows);

    int64_t rows() const { return m_rows; }
    int64_t groups() const { return m_groups; }
    /// Rounds the rows of groups [first, last); different ranges may be done by different threads. @param x all rows,
    /// [rows, in]
    void assign(const float* x, int64_t first, int64_t last);

    // For the kernels.

    static constexpr int64_t together = 6;  ///< rows of a group, whose numbers lie side by side
    static constexpr int64_t block = Activations::block;
    static constexpr int64_t blocksAtOnce = 8;
    static constexpr int64_t pairs = block / 2;
    // The greatest numbers that activations and weights become: sums of 32 products must fit 32 bits.
    static constexpr float fullScaleBesideBytes = 32767.0F;  ///< times 128
    static constexpr float fullScaleOfBoth = 8191.0F;        ///< times itself

    /// Of blocks from 8 · eight on and one group: [blocks, pairs, together], two columns in each number.
    int32_t* numbers(int64_t eight, int64_t group) const { return m_numbers.get() + place(eight, group) * pairs; }
    /// [blocks, together], not finite where the block is not.
    float* scales(int64_t eight, int64_t group) const { return m_scales.get() + place(eight, group); }
    /// Of the rounded numbers: [blocks, together].
    float* sums(int64_t eight, int64_t group) const { return m_sums.get() + place(eight, group); }
    int64_t in() const { return m_in; }
    float fullScale() const { return m_fullScale; }

  private:
    int64_t place(int64_t eight, int64_t group) const { return (eight * m_groups + group) * blocksAtOnce * together; }

    int64_t m_rows, m_in, m_groups;
    float m_fullScale;
    std::unique_ptr<int32_t[]> m_numbers;
    std::unique_ptr<float[]> m_scales, m_sums;
};

/// Columns [first, last) of y [rows, out] = x Wᵀ + bias. Different ranges may be computed by different threads, and the
/// bits of a number depend neither on the range nor on the other rows.
/// @param x made for this matrix; takesManyRows() of its form; @param bias [out], or null
void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y);

namespace avx2 {
void roundGroups(PackedRows& rows, const float* x, int64_t first, int64_t last);
void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y);
}  // namespace avx2

namespace avx512 {
void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y);
}  // namespace avx512

}  // namespace fusionscope::nn::kernels
