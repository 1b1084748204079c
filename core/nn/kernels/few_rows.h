#pragma once

#include <cstdint>
#include <vector>

namespace fusionscope::nn::kernels {

/// Products of a few rows of activations with a large matrix, W [out, in] row-major: what one token of an answer needs.
/// They read every weight once and straight from where it lies, in any alignment, and are bound by the memory. In the
/// best instructions that the processor has, which is found out at run time, else in plain code.

/// How a matrix holds its weights. The Q forms are GGUF's block formats with values and scales apart.
enum class MatrixForm {
    Fp32,
    Bf16,
    Int8,  ///< signed bytes, a bf16 scale for every row: value · scale
    Int4,  ///< two columns a byte, the even one in the low four bits; a pair of bf16 for every group of 32, 64 or 128
           ///< columns: (value − 8) · scale + offset
    Q8_0,  ///< signed bytes, an fp16 scale for every 32 columns: value · scale
    Q4_0,  ///< two columns a byte: byte i of the 16 that hold 32 columns has column i in the low four bits and i + 16 in
           ///< the high ones; an fp16 scale for every 32 columns: (value − 8) · scale
    Q4_1,  ///< as Q4_0 with a pair of fp16: value · scale + minimum
};

/// Where a matrix lies in memory: all that products need to know of it. Owns nothing.
struct MatrixView {
    MatrixForm form = MatrixForm::Fp32;
    const void* values = nullptr;  ///< [out, in] numbers or bytes; [out, in/2] bytes for the four-bit forms
    const void* scales = nullptr;  ///< [out] for Int8, [out, in/group] or pairs [out, in/group, 2]; null for numbers
    int64_t out = 0, in = 0;       ///< of Q forms and Int4 `in` is whole groups
    int64_t group = 32;            ///< columns that share a scale; other than 32 in Int4 alone
};

/// Rows of activations in the form in which matrices of one form want them: fp32 for matrices of numbers, else
/// sixteen-bit numbers with a scale for every block of 32 columns, which keeps four digits of the largest one in the
/// block. Making them anew for as many rows and columns or fewer allocates nothing.
class Activations {
  public:
    Activations() = default;
    Activations(const MatrixView& matrix, const float* x, int64_t rows) { assign(matrix, x, rows); }

    /// @param x [rows, matrix.in], not referred to afterwards
    void assign(const MatrixView& matrix, const float* x, int64_t rows);
    /// Whether they can be multiplied with this matrix too.
    bool fit(const MatrixView& matrix) const;
    int64_t rows() const { return m_rows; }

    // For the kernels.

    static constexpr int64_t block = 32;  ///< columns that share a scale
    enum class Form {
        Floats,
        EvenOddFloats,  ///< of every whole 32 columns the even ones before the odd ones
        Words,          ///< sixteen-bit numbers in the order of the columns
        EvenOdd,        ///< split, the even columns of every 32 before the odd ones
        Halves,         ///< split, in the order of the columns
    };
    /// A split row lies in runs of four blocks, 256 bytes: of each block the first 16 numbers' upper halves, block after
    /// block, then their lower halves, then the same of the last 16 numbers. A number is 256 · upper + lower, both
    /// signed. So four bits of 64 bytes of a matrix meet 64 bytes here.
    static constexpr int64_t runBytes = 256;
    /// Split rows keep the scales of every eight blocks as 0, 2, 4, 6, 1, 3, 5, 7, as pairs of blocks in a vector want.
    static constexpr int64_t splitPlace(int64_t b) { return b / 8 * 8 + b % 8 / 2 + b % 2 * 4; }

    const float* floats(int64_t row) const { return m_floats.data() + row * m_in; }
    const int16_t* words(int64_t row) const { return m_words.data() + row * m_blocks * block; }
    const int8_t* split(int64_t row) const { return m_split.data() + row * m_blocks * block * 2; }
    const float* scales(int64_t row) const { return m_scales.data() + row * m_blocks; }  ///< not finite where the block is not
    const float* sums(int64_t row) const { return m_sums.data() + row * m_blocks; }      ///< of the blocks

  private:
    void round(const float* x, int64_t count, int64_t row, int64_t b);

    Form m_form = Form::Floats;
    int64_t m_rows = 0, m_in = 0;
    int64_t m_blocks = 0;  ///< of a row, a multiple of eight; filled up with zeros
    std::vector<float> m_floats, m_scales, m_sums;
    std::vector<int16_t> m_words;
    std::vector<int8_t> m_split;
};

/// Columns [first, last) of y [rows, out] = x Wᵀ. Different ranges may be computed by different threads, and the bits of
/// a number depend neither on the range nor on the other rows. @param x fits the matrix
void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y);

/// Rows [first, last) of a matrix as numbers: to [last − first, in].
void numbers(const MatrixView& matrix, int64_t first, int64_t last, float* to);

/// What the products may be computed with, from slow to fast.
enum class Instructions { Plain, Avx2, Avx512 };
/// The fastest that this build and this processor have.
Instructions instructions();
/// Lets instructions() answer with nothing faster than this, for tests.
void useAtMost(Instructions most);

}  // namespace fusionscope::nn::kernels
