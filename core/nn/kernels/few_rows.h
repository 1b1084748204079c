#pragma once

#include <cstdint>
#include <vector>

namespace fusionscope::nn::kernels {

/// Products of a few rows of activations with a large matrix, W [out, in] row-major: what one token of an answer needs.
/// They read every weight once and straight from where the checkpoint is mapped, in any alignment, and are bound by the
/// memory. In AVX2 where the processor has it, which is found out at run time, else in plain code.
///
/// Each product computes columns [first, last) of y [rows, out] = x Wᵀ; different ranges may be computed by different
/// threads, and a column's bits do not depend on the range.

/// Rows of activations as sixteen-bit numbers with a scale for every block of columns, which keeps four digits of the
/// largest one in the block.
struct Activations {
    /// @param x [rows, in]; @param block columns that share a scale, a multiple of 32
    /// @param evenFirst puts the even columns of every 32 before the odd ones, as int4Product() wants them
    Activations(const float* x, int64_t rows, int64_t in, int64_t block, bool evenFirst);

    const int16_t* row(int64_t i) const { return values.data() + i * blocks * block; }

    int64_t rows, in, block;
    int64_t blocks;               ///< of a row; the last is filled up with zeros
    int64_t stride;               ///< numbers from one row of `scales` and `sums` to the next: whole vectors
    std::vector<int16_t> values;  ///< [rows, blocks · block]
    std::vector<float> scales;    ///< [rows, stride]; not finite where the block is not
    std::vector<float> sums;      ///< [rows, stride], of the blocks
};

/// @param x made with any block; @param values [out, in]; @param scales bf16 [out]
void int8Product(const Activations& x, const int8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y);

/// @param x made with the matrix' group size (32, 64 or 128) as its block, even columns first
/// @param values [out, in/2], the even column in the low four bits
/// @param scales pairs of bf16 [out, in/block, 2]: weight = (value − 8) · scale + offset
void int4Product(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y);

/// Only where hasVectors(). @param x as evenColumnsFirst() gives it; @param weight bf16 [out, in]
void bf16Product(const float* x, int64_t rows, int64_t in, const uint16_t* weight, int64_t first, int64_t last,
                 int64_t out, float* y);

/// A copy of x [rows, in] that has, within every whole 16 columns of a row, the even ones before the odd ones.
std::vector<float> evenColumnsFirst(const float* x, int64_t rows, int64_t in);

/// Rows [first, last) of an int4 matrix as numbers: [last − first, in]. @param values, scales as in int4Product()
void int4Numbers(const uint8_t* values, const uint16_t* scales, int64_t in, int64_t group, int64_t first, int64_t last,
                 float* numbers);

/// Whether this processor has the instructions that make the products fast.
bool hasVectors();
/// Lets hasVectors() answer no, for tests of the plain code.
void usePlainCode(bool plain);

}  // namespace fusionscope::nn::kernels
