#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/safetensors.h"
#include "core/nn/kernels/few_rows.h"
#include "core/nn/weights.h"

namespace fusionscope::nn {

/// A weight matrix [out, in] as whole numbers and scales: the form that is computed from and stored in checkpoints.
/// Every form but Fp32 and Bf16; those of GGUF are for the processor.
///
/// In a converted checkpoint the tensor NAME (".../q_proj.weight") is replaced by two:
/// - Int8: `NAME.int8` I8 [out, in] and `NAME.scale` BF16 [out]; weight = value · scale of the row
/// - Int4: `NAME.int4` U8 [out, in/2], the even column in the low four bits, and `NAME.scale` BF16 [in/group, out, 2];
///   weight = (value − 8) · scale + offset, with [..., 0] the scales and [..., 1] the offsets of a group of columns
struct QuantizedParts {
    kernels::MatrixForm form = kernels::MatrixForm::Int8;
    Tensor values, scales;

    int64_t out() const { return values.size(0); }
    int64_t in() const;
    /// Columns that share a scale; of a form other than Int4 always 32.
    int64_t groupSize() const;

    /// Rows [first, first + count) as numbers: [count, in]. Int8 and Int4, by LibTorch, on any device.
    Tensor dequantized(int64_t first, int64_t count, c10::ScalarType type) const;
};

/// How a matrix with so many columns is held when `wanted` is asked for: Int4 needs whole groups, so a group that does
/// not fit gives way to the next smaller of 128, 64 and 32, and to Int8 when none fits.
struct QuantizedForm {
    LinearFormat format;
    int64_t groupSize;
};
QuantizedForm quantizedForm(LinearFormat wanted, int64_t groupSize, int64_t in);

/// Rounds a matrix [out, in] of any floating type to the nearest values of quantizedForm().
QuantizedParts quantize(const Tensor& weight, LinearFormat wanted, int64_t groupSize);

/// The two tensors that replace `name` in a converted checkpoint, values first.
std::vector<files::TensorHeader> quantizedTensors(const std::string& name, int64_t out, int64_t in, LinearFormat wanted,
                                                  int64_t groupSize);

/// True when the checkpoint holds this matrix in quantised form. @param name "weight", relative to the place
bool hasQuantized(const Weights& weights, std::string_view name);
/// Reads it. @throws Error when the parts do not fit each other or the shape
QuantizedParts readQuantized(const Weights& weights, std::string_view name, int64_t out, int64_t in);

/// A matrix that WeightOptions::keepBlocks leaves in the blocks of its GGUF file: its numbers are exactly the file's.
/// Nothing for any other. The file's pages are given back. @throws Error when it does not have the shape
std::optional<QuantizedParts> readBlocks(const Weights& weights, std::string_view name, int64_t out, int64_t in);

/// So many rows of activations, or fewer, are multiplied by the kernels of kernels/few_rows.h wherever there are some.
inline constexpr int64_t fewRows = 8;

/// Whether so many rows are multiplied with matrices of this form by kernels of our own on the processor: few rows
/// always, many where those of kernels/many_rows.h beat tiles, which is where bf16 products are slow.
bool kernelsTake(int64_t rows, kernels::MatrixForm form);

/// x [rows, matrix.in] times the transpose of the matrix plus a bias ([matrix.out], or undefined) by these kernels, on
/// LibTorch's threads. [rows, matrix.out] in x's type. On the processor.
Tensor kernelTimes(const Tensor& x, const kernels::MatrixView& matrix, const Tensor& bias = {});

/// A quantised matrix ready to be multiplied with. Not differentiable.
///
/// On the processor few rows go through kernels of our own, which stream the weights once from where they lie, the
/// mapped checkpoint included; many rows through others where bf16 products are slow. All else goes through tiles of the
/// matrix turned into numbers, which the library's matrix product (AMX where there is one) multiplies. The whole matrix
/// is never there as numbers.
class QuantizedMatrix {
  public:
    explicit QuantizedMatrix(QuantizedParts parts);

    /// x [rows, in] → [rows, out], in x's type, plus a bias ([out], or undefined).
    Tensor times(const Tensor& x, const Tensor& bias = {}) const;
    /// The same by tiles alone, for any number of rows.
    Tensor timesByTiles(const Tensor& x) const;

    /// Rows [first, first + count) as numbers: [count, in].
    Tensor numbers(int64_t first, int64_t count, c10::ScalarType type) const;
    /// For the kernels. On the processor; valid as long as this matrix.
    kernels::MatrixView view() const;
    bool onProcessor() const { return m_parts.values.device().is_cpu(); }

    int64_t in() const { return m_in; }
    int64_t out() const { return m_out; }
    int64_t bytes() const;

  private:
    QuantizedParts m_parts;  // on the processor Int4's scales as the kernels want them: [out, in/group, 2]
    int64_t m_in, m_out, m_groupSize;
};

/// Makes rows [first, first + count) of a matrix in a type, transposed: [in, count], in whatever memory order.
using TileMaker = std::function<Tensor(int64_t first, int64_t count, c10::ScalarType type)>;

/// x [rows, in] times the transpose of a matrix [out, in] that is made tile by tile. [rows, out] in x's type, computed
/// in fastProductType() of it.
Tensor productByTiles(const Tensor& x, int64_t out, const TileMaker& tile);

}  // namespace fusionscope::nn
