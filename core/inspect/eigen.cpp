#include "core/inspect/eigen.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace fusionscope::inspect {

namespace {

using at::Tensor;

constexpr int64_t smallMatrix = 192;  ///< below this a whole decomposition is as fast
constexpr int64_t krylovBlocks = 10;
constexpr double residualTolerance = 1e-11;  ///< relative to the largest eigenvalue

Eigenpairs largestOfAll(const Tensor& matrix, int64_t count) {
    const auto [values, vectors] = at::linalg_eigh(matrix);  // rising
    return {values.narrow(0, values.size(0) - count, count).flip(0), vectors.narrow(1, values.size(0) - count, count).flip(1)};
}

/// Start vectors from a fixed sequence: the same on every machine, and in general position to any real matrix.
Tensor startBlock(int64_t rows, int64_t columns) {
    Tensor block = at::empty({rows, columns}, at::kDouble);
    auto* values = block.mutable_data_ptr<double>();
    std::uint64_t state = 0x9E3779B97F4A7C15;
    for (int64_t i = 0; i < rows * columns; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        values[i] = static_cast<double>(state >> 11) / 9007199254740992.0 - 0.5;
    }
    return block;
}

}  // namespace

Eigenpairs largestEigenpairs(const at::Tensor& matrix, int64_t count) {
    const int64_t size = matrix.size(0);
    const int64_t width = count + 5;  // a block wider than wanted: close eigenvalues then converge together
    if (size < std::max(smallMatrix, 2 * krylovBlocks * width)) return largestOfAll(matrix, count);

    Tensor block = std::get<0>(at::linalg_qr(startBlock(size, width)));
    std::vector<Tensor> blocks{block};
    for (int64_t step = 1; step < krylovBlocks; ++step) {
        block = at::mm(matrix, block);
        const Tensor earlier = at::cat(blocks, 1);
        for (int repeat = 0; repeat < 2; ++repeat) {  // once leaves rounding errors as large as what is looked for
            block = block - at::mm(earlier, at::mm(earlier.t(), block));
            block = std::get<0>(at::linalg_qr(block));
        }
        blocks.push_back(block);
    }
    const Tensor space = std::get<0>(at::linalg_qr(at::cat(blocks, 1)));  // [n, krylovBlocks × width]
    const Tensor image = at::mm(matrix, space);
    const Eigenpairs inside = largestOfAll(at::mm(space.t(), image), count);
    const Tensor vectors = at::mm(space, inside.vectors);
    const Tensor residual = at::mm(image, inside.vectors) - vectors * inside.values;
    const double largest = inside.values[0].item<double>();
    const double worst = residual.norm().item<double>();
    // Written so that NaN goes the slow way too.
    if (largest > 0 && worst <= residualTolerance * largest) return {inside.values, vectors};
    return largestOfAll(matrix, count);
}

}  // namespace fusionscope::inspect
