#include "core/nn/quantized.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cstdint>
#include <functional>

#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/nn/cpu.h"
#include "core/nn/kernels/many_rows.h"

namespace fusionscope::nn {

namespace {

constexpr int64_t tileBytes = int64_t{16} << 20;  // a tile stays in the last cache; smaller ones make slower products
constexpr int64_t quantizedAtOnce = int64_t{256} << 10;  // numbers: the steps between stay in the cache
constexpr int64_t leastTileRows = 64;
constexpr int64_t weightsPerThread = int64_t{1} << 15;   // fewer are not worth a thread

using kernels::MatrixForm;

int64_t rowsPerThread(int64_t in) {
    return std::max<int64_t>(1, weightsPerThread / std::max<int64_t>(1, in));
}

/// Calls with ranges of the columns of a product with the matrix, on LibTorch's threads.
template <class Columns>
void inColumns(const kernels::MatrixView& matrix, const Columns& columns) {
    at::parallel_for(0, matrix.out, rowsPerThread(matrix.in), columns);
}

/// @param x [rows, in] and y [rows, out] fp32, contiguous, as many rows as the kernels for many take at once; @param bias
/// fp32 or null
void timesAtOnce(const Tensor& x, const kernels::MatrixView& matrix, const float* bias, const Tensor& y) {
    const int64_t count = x.size(0);
    const float* numbers = x.const_data_ptr<float>();
    float* to = y.data_ptr<float>();
    if (count > fewRows && kernels::takesManyRows(matrix.form)) {
        kernels::PackedRows rows(matrix, count);
        at::parallel_for(0, rows.groups(), 1, [&](int64_t first, int64_t last) { rows.assign(numbers, first, last); });
        inColumns(matrix, [&](int64_t first, int64_t last) { kernels::product(matrix, rows, bias, first, last, to); });
        return;
    }
    const kernels::Activations rows(matrix, numbers, count);
    inColumns(matrix, [&](int64_t first, int64_t last) {
        kernels::product(matrix, rows, first, last, to);
        for (int64_t row = 0; bias && row < count; ++row)
            std::transform(bias + first, bias + last, to + row * matrix.out + first, to + row * matrix.out + first, std::plus());
    });
}

std::string valuesName(const std::string& name, LinearFormat format) {
    return name + (format == LinearFormat::Int8 ? ".int8" : ".int4");
}

std::string scalesName(const std::string& name) {
    return name + ".scale";
}

/// @param weight some rows of a matrix, fp32
QuantizedParts int8Rows(const Tensor& weight) {
    const Tensor scales = (weight.abs().amax(1) / 127.0).clamp_min(1e-12).to(c10::kBFloat16);  // [rows]
    const Tensor values = at::round(weight / scales.to(c10::kFloat).unsqueeze(1)).clamp(-127, 127).to(c10::kChar);
    return {MatrixForm::Int8, values, scales};
}

/// One scale and offset a group of columns, so that the group's least and greatest values are met.
/// @param weight some rows of a matrix, fp32
QuantizedParts int4Rows(const Tensor& weight, int64_t groupSize) {
    const int64_t rows = weight.size(0), in = weight.size(1);
    const Tensor grouped = weight.view({rows, in / groupSize, groupSize});
    const Tensor least = grouped.amin(-1, true), greatest = grouped.amax(-1, true);
    const auto rounded = [](const Tensor& x) { return x.to(c10::kBFloat16).to(c10::kFloat); };
    const Tensor scales = rounded(((greatest - least) / 15.0).clamp_min(1e-12));
    const Tensor offsets = rounded(least + 8.0 * scales);
    const Tensor values = (at::round((grouped - offsets) / scales) + 8.0).clamp(0, 15).to(c10::kByte).view({rows, in});
    const Tensor even = values.slice(1, 0, in, 2), odd = values.slice(1, 1, in, 2);
    const Tensor both = at::cat({scales, offsets}, -1);  // [rows, groups, 2]
    return {MatrixForm::Int4, at::bitwise_or(even, odd.bitwise_left_shift(4)),
            both.transpose(0, 1).to(c10::kBFloat16)};
}

/// (value − 8) · scale + offset: [rows, in]. @param values [rows, in] uint8; @param scales [in/group, rows, 2]
Tensor int4Numbers(const Tensor& values, const Tensor& scales, c10::ScalarType type) {
    const int64_t rows = values.size(0), groups = scales.size(0);
    const Tensor wide = scales.to(c10::kFloat);
    const Tensor scale = wide.select(-1, 0).t().contiguous().unsqueeze(-1);  // [rows, groups, 1]
    const Tensor offset = wide.select(-1, 1).t().contiguous().unsqueeze(-1) - 8.0 * scale;
    const Tensor numbers = at::addcmul(offset.to(type), values.view({rows, groups, -1}).to(type), scale.to(type));
    return numbers.view({rows, -1});
}

}  // namespace

int64_t QuantizedParts::in() const {
    const bool bytes = form == MatrixForm::Int8 || form == MatrixForm::Q8_0;
    return bytes ? values.size(1) : 2 * values.size(1);
}

int64_t QuantizedParts::groupSize() const {
    return form == MatrixForm::Int4 ? in() / scales.size(0) : kernels::Activations::block;
}

Tensor QuantizedParts::dequantized(int64_t first, int64_t count, c10::ScalarType type) const {
    const Tensor rows = values.narrow(0, first, count);
    if (form == MatrixForm::Int8) return rows.to(type).mul_(scales.narrow(0, first, count).to(type).unsqueeze(1));
    const Tensor nibbles = at::stack({rows.bitwise_and(15), rows.bitwise_right_shift(4)}, -1).view({count, -1});
    return int4Numbers(nibbles, scales.narrow(1, first, count), type);
}

QuantizedForm quantizedForm(LinearFormat wanted, int64_t groupSize, int64_t in) {
    if (wanted == LinearFormat::Int4)
        for (int64_t group : {128, 64, 32})
            if (group <= groupSize && in % group == 0) return {LinearFormat::Int4, group};
    return {LinearFormat::Int8, 0};
}

QuantizedParts quantize(const Tensor& weight, LinearFormat wanted, int64_t groupSize) {
    const int64_t out = weight.size(0), in = weight.size(1);
    const auto form = quantizedForm(wanted, groupSize, in);
    const bool int4 = form.format == LinearFormat::Int4;
    const auto options = weight.options();
    const std::vector<int64_t> scaleShape = int4 ? std::vector{in / form.groupSize, out, int64_t{2}} : std::vector{out};
    QuantizedParts whole{int4 ? MatrixForm::Int4 : MatrixForm::Int8,
                         at::empty({out, int4 ? in / 2 : in}, options.dtype(int4 ? c10::kByte : c10::kChar)),
                         at::empty(scaleShape, options.dtype(c10::kBFloat16))};
    // Some rows at a time: the steps between take several times the memory of the result.
    const int64_t step = std::max<int64_t>(1, quantizedAtOnce / in);
    for (int64_t first = 0; first < out; first += step) {
        const int64_t count = std::min(step, out - first);
        const Tensor rows = weight.narrow(0, first, count).to(c10::kFloat);
        const auto parts = int4 ? int4Rows(rows, form.groupSize) : int8Rows(rows);
        whole.values.narrow(0, first, count).copy_(parts.values);
        whole.scales.narrow(int4 ? 1 : 0, first, count).copy_(parts.scales);
    }
    return whole;
}

std::vector<files::TensorHeader> quantizedTensors(const std::string& name, int64_t out, int64_t in, LinearFormat wanted,
                                                  int64_t groupSize) {
    const auto form = quantizedForm(wanted, groupSize, in);
    const std::string values = valuesName(name, form.format), scales = scalesName(name);
    if (form.format == LinearFormat::Int8)
        return {{values, files::DType::I8, {out, in}}, {scales, files::DType::BF16, {out}}};
    return {{values, files::DType::U8, {out, in / 2}}, {scales, files::DType::BF16, {in / form.groupSize, out, 2}}};
}

bool hasQuantized(const Weights& weights, std::string_view name) {
    const std::string whole(name);
    return weights.has(valuesName(whole, LinearFormat::Int8)) || weights.has(valuesName(whole, LinearFormat::Int4));
}

QuantizedParts readQuantized(const Weights& weights, std::string_view name, int64_t out, int64_t in) {
    const std::string whole(name);
    QuantizedParts parts;
    const auto format = weights.has(valuesName(whole, LinearFormat::Int8)) ? LinearFormat::Int8 : LinearFormat::Int4;
    const bool int8 = format == LinearFormat::Int8;
    parts.form = int8 ? MatrixForm::Int8 : MatrixForm::Int4;
    auto& store = weights.store();
    parts.values = store.loadAsStored(weights.prefix() + valuesName(whole, format));
    parts.scales = store.loadAsStored(weights.prefix() + scalesName(whole));

    const auto refuse = [&](const std::string& problem) {
        throw Error(concat("quantised tensor ", weights.prefix(), whole, ' ', problem), store.file(),
                    "Convert the original checkpoint again.");
    };
    const std::vector<int64_t> shape{out, int8 ? in : in / 2};
    if (parts.values.scalar_type() != (int8 ? c10::kChar : c10::kByte))
        refuse(int8 ? "is not of type I8" : "is not of type U8");
    if (parts.scales.scalar_type() != c10::kBFloat16) refuse("has scales that are not of type BF16");
    if (parts.values.sizes() != at::IntArrayRef(shape) || (!int8 && in % 2 != 0))
        refuse(concat("does not have ", out, " rows of ", in, " columns"));
    if (int8 ? parts.scales.sizes() != at::IntArrayRef({out})
             : parts.scales.dim() != 3 || parts.scales.size(1) != out || parts.scales.size(2) != 2)
        refuse("has scales of another shape");
    if (!int8) {
        const int64_t groups = parts.scales.size(0);
        const int64_t group = groups > 0 && in % groups == 0 ? in / groups : 0;
        if (group != 32 && group != 64 && group != 128) refuse("has scales for groups other than 32, 64 or 128");
    }
    return parts;
}

std::optional<QuantizedParts> readBlocks(const Weights& weights, std::string_view name, int64_t out, int64_t in) {
    const auto whole = weights.prefix() + std::string(name);
    const auto* stored = weights.store().keptBlocks(whole);
    if (!stored) return std::nullopt;
    weights.store().use(whole, {out, in});
    const bool int8 = stored->dtype == files::DType::Q8_0, pairs = stored->dtype == files::DType::Q4_1;
    const auto bytes = at::TensorOptions().dtype(int8 ? c10::kChar : c10::kByte);
    std::vector<int64_t> scaleShape{out, in / files::blockSize(stored->dtype).values};
    if (pairs) scaleShape.push_back(2);
    const QuantizedParts parts{int8 ? MatrixForm::Q8_0 : pairs ? MatrixForm::Q4_1 : MatrixForm::Q4_0,
                               at::empty({out, int8 ? in : in / 2}, bytes), at::empty(scaleShape, bytes.dtype(c10::kHalf))};
    at::parallel_for(0, out, rowsPerThread(in), [&](int64_t first, int64_t last) {
        files::splitBlocks(*stored, first, last, static_cast<uint8_t*>(parts.values.data_ptr()),
                           static_cast<uint16_t*>(parts.scales.data_ptr()));
    });
    stored->release();
    return parts;
}

bool kernelsTake(int64_t rows, MatrixForm form) {
    return rows <= fewRows || (!cpuHasFastBf16() && kernels::takesManyRows(form));
}

Tensor kernelTimes(const Tensor& x, const kernels::MatrixView& matrix, const Tensor& bias) {
    constexpr int64_t most = kernels::PackedRows::most;
    const int64_t rows = x.size(0), steps = std::max<int64_t>(1, (rows + most - 1) / most), step = (rows + steps - 1) / steps;
    const Tensor y = at::empty({rows, matrix.out}, x.options());
    RECORD_FUNCTION("fusionscope::product", std::vector<c10::IValue>({x, y}));  // for bench's counters
    const Tensor wideBias = bias.defined() ? bias.to(c10::kFloat).contiguous() : Tensor();
    for (int64_t first = 0; first < rows; first += step) {
        const int64_t count = std::min(step, rows - first);
        const Tensor some = y.narrow(0, first, count);
        const Tensor wide = y.scalar_type() == c10::kFloat ? some : at::empty(some.sizes(), some.options().dtype(c10::kFloat));
        timesAtOnce(x.narrow(0, first, count).to(c10::kFloat).contiguous(), matrix,
                    wideBias.defined() ? wideBias.const_data_ptr<float>() : nullptr, wide);
        if (!wide.is_same(some)) some.copy_(wide);
    }
    return y;
}

QuantizedMatrix::QuantizedMatrix(QuantizedParts parts)
    : m_parts(std::move(parts)), m_in(m_parts.in()), m_out(m_parts.out()), m_groupSize(m_parts.groupSize()) {
    if (!onProcessor()) return;
    m_parts.values = m_parts.values.contiguous();
    if (m_parts.form == MatrixForm::Int4) m_parts.scales = m_parts.scales.transpose(0, 1);
    m_parts.scales = m_parts.scales.contiguous();
}

int64_t QuantizedMatrix::bytes() const {
    return static_cast<int64_t>(m_parts.values.nbytes() + m_parts.scales.nbytes());
}

kernels::MatrixView QuantizedMatrix::view() const {
    return {m_parts.form, m_parts.values.const_data_ptr(), m_parts.scales.const_data_ptr(), m_out, m_in, m_groupSize};
}

Tensor QuantizedMatrix::numbers(int64_t first, int64_t count, c10::ScalarType type) const {
    if (!onProcessor()) return m_parts.dequantized(first, count, type);
    const Tensor numbers = at::empty({count, m_in}, m_parts.values.options().dtype(c10::kFloat));
    float* places = numbers.data_ptr<float>();
    at::parallel_for(0, count, rowsPerThread(m_in), [&](int64_t begin, int64_t end) {
        kernels::numbers(view(), first + begin, first + end, places + begin * m_in);
    });
    return numbers.to(type);
}

Tensor QuantizedMatrix::times(const Tensor& x, const Tensor& bias) const {
    if (x.device().is_meta()) return at::empty({x.size(0), m_out}, x.options());
    if (onProcessor() && kernelsTake(x.size(0), m_parts.form)) return kernelTimes(x, view(), bias);
    const Tensor product = timesByTiles(x);
    return bias.defined() ? product + bias.to(product.scalar_type()) : product;
}

Tensor QuantizedMatrix::timesByTiles(const Tensor& x) const {
    return productByTiles(x, m_out, [this](int64_t first, int64_t count, c10::ScalarType type) {
        return numbers(first, count, type).t();
    });
}

Tensor productByTiles(const Tensor& x, int64_t out, const TileMaker& tile) {
    const auto type = productType(x);
    const Tensor rows = x.to(type);
    const int64_t rowBytes = x.size(1) * static_cast<int64_t>(c10::elementSize(type));
    const int64_t step = std::max<int64_t>(leastTileRows, tileBytes / rowBytes);
    const Tensor product = at::empty({x.size(0), out}, rows.options());
    for (int64_t first = 0; first < out; first += step) {
        const int64_t count = std::min(step, out - first);
        Tensor part = product.narrow(1, first, count);
        at::mm_out(part, rows, tile(first, count, type));
    }
    return product.to(x.scalar_type());
}

}  // namespace fusionscope::nn
