#include "core/nn/int4_packing.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <exception>
#include <vector>

namespace fusionscope::nn {

namespace {

constexpr int64_t columnsPerThread = 256;  // fewer are not worth a thread

Tensor packWhole(const Tensor& values) {  // [out, in] int32
    return at::_convert_weight_to_int4pack_for_cpu(values, 1);
}

/// The kernel lays a matrix out in blocks of rows: for each column of a block the first half of its rows in the low
/// four bits of block/2 bytes, the second half in the high ones. The size of a block differs between instruction sets
/// and is documented nowhere, so it is read off a packed matrix whose values are the numbers of their rows, in two
/// parts.
/// @return rows of a block; 0 when the kernel is absent or uses another layout
int64_t findBlock() {
    try {
        constexpr int64_t columns = 32;
        const Tensor rows = at::arange(int4Block, c10::kInt).unsqueeze(1).expand({int4Block, columns}).contiguous();
        const Tensor low = packWhole(rows.bitwise_and(15)), high = packWhole(rows.bitwise_right_shift(4));
        const auto halves = [](const Tensor& bytes) {
            return at::cat({bytes.bitwise_and(15), bytes.bitwise_right_shift(4)}, -1);
        };
        for (int64_t block = int4Block; block >= 16; block /= 2) {
            const std::vector<int64_t> shape{int4Block / block, columns, block / 2};
            const Tensor found = halves(low.view(shape)) + halves(high.view(shape)) * 16;  // [blocks, columns, block]
            const Tensor wanted = at::arange(int4Block, c10::kByte).view({-1, 1, block}).expand(found.sizes());
            if (at::equal(found, wanted)) return block;
        }
    } catch (const std::exception&) {
        // A build without the kernel: matrices are multiplied by tiles.
    }
    return 0;
}

int64_t kernelBlock() {
    static const int64_t block = findBlock();
    return block;
}

int64_t wholeBlocks(int64_t rows) {
    return (rows + int4Block - 1) / int4Block * int4Block;
}

}  // namespace

bool hasInt4Kernel() {
    return kernelBlock() > 0;
}

Tensor packInt4(const Tensor& values) {
    constexpr int64_t step = 16 * int4Block;  // the kernel wants four bytes a value: never for the whole matrix
    const int64_t out = values.size(0), in = values.size(1) * 2;
    const Tensor packed = at::empty({wholeBlocks(out), in / 2}, values.options());
    for (int64_t first = 0; first < out; first += step) {
        const int64_t count = std::min(step, out - first);
        const Tensor bytes = values.narrow(0, first, count);
        const Tensor numbers = at::zeros({wholeBlocks(count), in}, values.options().dtype(c10::kInt));
        numbers.narrow(0, 0, count)
            .copy_(at::stack({bytes.bitwise_and(15), bytes.bitwise_right_shift(4)}, -1).view({count, in}));
        packed.narrow(0, first, numbers.size(0)).copy_(packWhole(numbers));
    }
    return packed;
}

Tensor padInt4Scales(const Tensor& scales) {
    const Tensor padded = at::zeros({scales.size(0), wholeBlocks(scales.size(1)), 2}, scales.options());
    padded.narrow(1, 0, scales.size(1)).copy_(scales);
    return padded;
}

Tensor int4Tile(const Tensor& packed, const Tensor& scales, int64_t first, int64_t count) {
    const int64_t in = packed.size(1) * 2, half = kernelBlock() / 2, rows = wholeBlocks(count);
    const int64_t blocks = rows / kernelBlock(), group = in / scales.size(0);
    const Tensor part = scales.narrow(1, first, rows).to(c10::kFloat);
    const Tensor scale = part.select(2, 0).contiguous();  // [groups, rows]
    const Tensor least = part.select(2, 1).contiguous() - 8.0 * scale;
    const Tensor tile = at::empty({in, rows}, scale.options());
    const uint8_t* source = packed.const_data_ptr<uint8_t>() + first * packed.size(1);
    const float *scaleData = scale.const_data_ptr<float>(), *leastData = least.const_data_ptr<float>();
    float* target = tile.data_ptr<float>();

    at::parallel_for(0, in, columnsPerThread, [&](int64_t begin, int64_t end) {
        for (int64_t column = begin; column < end; ++column)
            for (int64_t block = 0; block < blocks; ++block) {
                const uint8_t* bytes = source + (block * in + column) * half;
                const int64_t row = block * 2 * half, place = column / group * rows + row;
                const float *s = scaleData + place, *l = leastData + place;
                float* out = target + column * rows + row;
                for (int64_t i = 0; i < half; ++i) {
                    out[i] = l[i] + s[i] * static_cast<float>(bytes[i] & 15);
                    out[half + i] = l[half + i] + s[half + i] * static_cast<float>(bytes[i] >> 4);
                }
            }
    });
    return tile.narrow(1, 0, count);
}

}  // namespace fusionscope::nn
