#include "core/nn/quantized.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "core/files/error.h"
#include "core/nn/cpu.h"
#include "core/nn/int4_packing.h"

namespace fusionscope::nn {

namespace {

constexpr int64_t tileBytes = int64_t{2} << 20;        // a tile stays in the second-level cache
constexpr int64_t quantizedAtOnce = int64_t{4} << 20;  // numbers
constexpr int64_t packedRows = 16;                     // beyond so many rows tiles are faster than the packed kernels

/// LibTorch's int8 kernel reads rows in vectors without looking at alignment or at what is left over: rows that are no
/// whole vectors crash it.
constexpr int64_t int8Vector = 32;

/// Contiguous and at an address that any vector instruction takes.
Tensor aligned(const Tensor& x) {
    const Tensor dense = x.contiguous();
    return reinterpret_cast<uintptr_t>(dense.const_data_ptr()) % 64 == 0 ? dense : dense.clone();
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
    return {LinearFormat::Int8, values, scales};
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
    return {LinearFormat::Int4, at::bitwise_or(even, odd.bitwise_left_shift(4)),
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

Tensor QuantizedParts::dequantized(int64_t first, int64_t count, c10::ScalarType type) const {
    const Tensor rows = values.narrow(0, first, count);
    if (format == LinearFormat::Int8) return rows.to(type).mul_(scales.narrow(0, first, count).to(type).unsqueeze(1));
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
    const auto form = quantizedForm(wanted, groupSize, weight.size(1));
    const bool int4 = form.format == LinearFormat::Int4;
    // Some rows at a time: the steps between take several times the memory of the result.
    const int64_t step = std::max<int64_t>(1, quantizedAtOnce / weight.size(1));
    std::vector<Tensor> values, scales;
    for (const Tensor& rows : weight.split(step)) {
        const auto parts = int4 ? int4Rows(rows.to(c10::kFloat), form.groupSize) : int8Rows(rows.to(c10::kFloat));
        values.push_back(parts.values);
        scales.push_back(parts.scales);
    }
    return {form.format, at::cat(values), at::cat(scales, int4 ? 1 : 0).contiguous()};
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
    parts.format = weights.has(valuesName(whole, LinearFormat::Int8)) ? LinearFormat::Int8 : LinearFormat::Int4;
    auto& store = weights.store();
    parts.values = store.loadAsStored(weights.prefix() + valuesName(whole, parts.format));
    parts.scales = store.loadAsStored(weights.prefix() + scalesName(whole));

    const auto refuse = [&](const std::string& problem) {
        throw Error(concat("quantised tensor ", weights.prefix(), whole, ' ', problem), store.file(),
                    "Convert the original checkpoint again.");
    };
    const bool int8 = parts.format == LinearFormat::Int8;
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

QuantizedMatrix::QuantizedMatrix(QuantizedParts parts)
    : m_parts(std::move(parts)), m_in(m_parts.in()), m_out(m_parts.out()) {
    if (!m_parts.values.device().is_cpu()) return;
    if (m_parts.format == LinearFormat::Int8) {
        m_hasPackedKernel = m_in % int8Vector == 0;
        if (m_hasPackedKernel) m_parts.values = aligned(m_parts.values);  // the kernel's layout is ours
    } else if (hasInt4Kernel()) {
        m_packed = packInt4(m_parts.values);
        m_parts.scales = padInt4Scales(m_parts.scales);
        m_parts.values = Tensor();
        m_hasPackedKernel = true;
    }
}

int64_t QuantizedMatrix::bytes() const {
    const Tensor& values = m_packed.defined() ? m_packed : m_parts.values;
    return static_cast<int64_t>(values.nbytes() + m_parts.scales.nbytes());
}

Tensor QuantizedMatrix::tile(int64_t first, int64_t count, c10::ScalarType type) const {
    if (!m_packed.defined()) return m_parts.dequantized(first, count, type).t();
    return int4Tile(m_packed, m_parts.scales, first, count).to(type);
}

Tensor QuantizedMatrix::times(const Tensor& x) const {
    if (x.device().is_meta()) return at::empty({x.size(0), m_out}, x.options());
    return m_hasPackedKernel && x.size(0) <= packedRows ? timesPacked(x) : timesByTiles(x);
}

Tensor QuantizedMatrix::timesByTiles(const Tensor& x) const {
    return productByTiles(
        x, m_out, [this](int64_t first, int64_t count, c10::ScalarType type) { return tile(first, count, type); });
}

Tensor QuantizedMatrix::timesPacked(const Tensor& x) const {
    const Tensor rows = aligned(x.to(c10::kBFloat16));  // the kernels are fast in bf16 alone
    if (!m_packed.defined()) return at::_weight_int8pack_mm(rows, m_parts.values, m_parts.scales).to(x.scalar_type());
    const Tensor product =
        at::_weight_int4pack_mm_for_cpu(rows, m_packed, m_in / m_parts.scales.size(0), m_parts.scales);
    return product.narrow(1, 0, m_out).to(x.scalar_type());
}

Tensor productByTiles(const Tensor& x, int64_t out, const TileMaker& tile) {
    const auto type = x.device().is_cpu() ? fastProductType(x.scalar_type()) : x.scalar_type();
    const Tensor rows = x.to(type);
    const int64_t height = tileBytes / (x.size(1) * static_cast<int64_t>(c10::elementSize(type)));
    const int64_t step = std::max<int64_t>(height / int4Block * int4Block, int4Block);
    const Tensor product = at::empty({x.size(0), out}, rows.options());
    for (int64_t first = 0; first < out; first += step) {
        const int64_t count = std::min(step, out - first);
        Tensor part = product.narrow(1, first, count);
        at::mm_out(part, rows, tile(first, count, type));
    }
    return product.to(x.scalar_type());
}

}  // namespace fusionscope::nn
