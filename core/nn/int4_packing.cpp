#include "core/nn/int4_packing.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <exception>
#include <optional>

namespace fusionscope::nn {

namespace {

/// How the kernel of this processor lays out a block of rows: for each column block/2 bytes, whose low and then high
/// halves hold the rows in `order`.
struct Layout {
    int64_t block = 0;
    Tensor rowPlace;        // [block]: where in low-then-high order a row is found
    bool inOrder = true;
};

Tensor packWhole(const Tensor& values) {  // [out, in] int32
    return at::_convert_weight_to_int4pack_for_cpu(values, 1);
}

/// Low halves, then high halves: [columns, block/2] → [columns, block].
Tensor halves(const Tensor& bytes) { return at::cat({bytes.bitwise_and(15), bytes.bitwise_right_shift(4)}, -1); }

/// The layout differs between instruction sets and is not documented, so it is read off a packed matrix whose values
/// are the numbers of their rows, in two halves of four and two bits.
std::optional<Layout> findLayout() {
    try {
        constexpr int64_t columns = 32;
        const Tensor rows = at::arange(int4Block, c10::kInt).unsqueeze(1).expand({int4Block, columns}).contiguous();
        const Tensor low = packWhole(rows.bitwise_and(15)), high = packWhole(rows.bitwise_right_shift(4));
        for (int64_t block = int4Block; block >= 16; block /= 2) {
            const std::vector<int64_t> shape{int4Block / block, columns, block / 2};
            const Tensor found = halves(low.view(shape)) + halves(high.view(shape)) * 16;  // [blocks, columns, block]
            const Tensor order = found.select(0, 0).select(0, 0).to(c10::kLong);
            const Tensor natural = at::arange(block, c10::kLong);
            if (!at::equal(std::get<0>(order.sort()), natural)) continue;
            const Tensor starts = at::arange(0, int4Block, block, c10::kLong).view({-1, 1, 1});
            if (!at::equal(found.to(c10::kLong), (order + starts).expand(found.sizes()))) return std::nullopt;
            return Layout{block, order.argsort(), at::equal(order, natural)};
        }
    } catch (const std::exception&) {
        // A build without the kernel: matrices are multiplied by tiles.
    }
    return std::nullopt;
}

const std::optional<Layout>& layout() {
    static const auto found = findLayout();
    return found;
}

int64_t wholeBlocks(int64_t rows) { return (rows + int4Block - 1) / int4Block * int4Block; }

}  // namespace

bool hasInt4Kernel() { return layout().has_value(); }

Tensor packInt4(const Tensor& values) {
    constexpr int64_t step = 16 * int4Block;  // the kernel wants four bytes a value: never for the whole matrix
    const int64_t out = values.size(0), in = values.size(1) * 2;
    const Tensor packed = at::empty({wholeBlocks(out), in / 2}, values.options());
    for (int64_t first = 0; first < out; first += step) {
        const int64_t count = std::min(step, out - first);
        const Tensor bytes = values.narrow(0, first, count);
        const Tensor numbers = at::zeros({wholeBlocks(count), in}, values.options().dtype(c10::kInt));
        numbers.narrow(0, 0, count).copy_(
            at::stack({bytes.bitwise_and(15), bytes.bitwise_right_shift(4)}, -1).view({count, in}));
        packed.narrow(0, first, numbers.size(0)).copy_(packWhole(numbers));
    }
    return packed;
}

Tensor padInt4Scales(const Tensor& scales) {
    const Tensor padded = at::zeros({scales.size(0), wholeBlocks(scales.size(1)), 2}, scales.options());
    padded.narrow(1, 0, scales.size(1)).copy_(scales);
    return padded;
}

Tensor unpackInt4(const Tensor& packed, int64_t first, int64_t count) {
    const int64_t block = layout()->block, in = packed.size(1) * 2, rows = wholeBlocks(count);
    const Tensor bytes = packed.narrow(0, first, rows).view({rows / block, in, block / 2});
    Tensor columns = halves(bytes);  // [blocks, in, block]
    if (!layout()->inOrder) columns = columns.index_select(-1, layout()->rowPlace);
    return columns.transpose(1, 2).reshape({rows, in}).narrow(0, 0, count);
}

}  // namespace fusionscope::nn
