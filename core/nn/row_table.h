#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <variant>

#include "core/files/tensor_table.h"
#include "core/nn/linear.h"

namespace fusionscope::nn {

/// A table [rows, width] of which single rows are looked up, as embeddings are: in memory as numbers, as the quantised
/// matrix of a layer that computes with it too, or in blocks of a checkpoint's file, where they lie.
class RowTable {
  public:
    RowTable() = default;
    explicit RowTable(Tensor numbers) : m_form(std::move(numbers)) {}
    /// Shares the weight of a quantised layer on the processor.
    explicit RowTable(Linear quantised) : m_form(std::move(quantised)) {}
    /// @param blocks a matrix of a block format in the order of its rows
    explicit RowTable(files::TensorEntry blocks) : m_form(std::move(blocks)) {}

    /// ids [...] int64, on the table's device → [..., width] in this type. Differentiable where the table is numbers.
    /// @throws Error for an id outside the table, where it is not numbers
    Tensor operator()(const Tensor& ids, c10::ScalarType type) const;

    c10::Device device() const { return numbers().defined() ? numbers().device() : c10::Device(c10::kCPU); }
    /// Undefined where it is not numbers.
    const Tensor& numbers() const;

  private:
    struct Shape {
        int64_t rows, width;
    };
    Shape shape() const;  // where it is not numbers
    void read(int64_t row, float* to) const;

    std::variant<Tensor, Linear, files::TensorEntry> m_form;
};

}  // namespace fusionscope::nn
