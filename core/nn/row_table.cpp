#include "core/nn/row_table.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/nn/layers.h"

namespace fusionscope::nn {

const Tensor& RowTable::numbers() const {
    static const Tensor none;
    const auto* numbers = std::get_if<Tensor>(&m_form);
    return numbers ? *numbers : none;
}

RowTable::Shape RowTable::shape() const {
    if (const auto* layer = std::get_if<Linear>(&m_form)) return {layer->quantized()->out(), layer->quantized()->in()};
    const auto& blocks = std::get<files::TensorEntry>(m_form);
    return {blocks.shape[0], blocks.shape[1]};
}

/// @param to room for the row's numbers
void RowTable::read(int64_t row, float* to) const {
    if (const auto* layer = std::get_if<Linear>(&m_form))
        return kernels::numbers(layer->quantized()->view(), row, row + 1, to);
    files::TensorEntry one = std::get<files::TensorEntry>(m_form);
    const auto [rows, width] = shape();
    const auto bytes = one.bytes.size() / static_cast<size_t>(rows);
    one.bytes = one.bytes.subspan(static_cast<size_t>(row) * bytes, bytes);
    one.shape = {1, width};
    files::dequantize(one, {to, static_cast<size_t>(width)});
}

Tensor RowTable::operator()(const Tensor& ids, c10::ScalarType type) const {
    if (numbers().defined()) return nn::embedding(numbers(), ids).to(type);
    RECORD_USER_SCOPE("embedding");
    const auto [rows, width] = shape();
    auto sizes = ids.sizes().vec();
    sizes.push_back(width);
    const Tensor found = at::empty(sizes, at::TensorOptions().dtype(c10::kFloat)), places = ids.contiguous();
    const int64_t* row = places.const_data_ptr<int64_t>();
    float* to = found.data_ptr<float>();
    for (int64_t i = 0; i < places.numel(); ++i, to += width) {
        if (row[i] < 0 || row[i] >= rows) throw Error(concat("row ", row[i], " of ", rows, " is asked for"), "embedding");
        read(row[i], to);
    }
    return found.to(type);
}

}  // namespace fusionscope::nn
