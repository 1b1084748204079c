#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace fusionscope::inspect {

/// Eigenvalues, largest first, and unit eigenvectors.
struct Eigenpairs {
    at::Tensor values;   ///< [count]
    at::Tensor vectors;  ///< [n, count]
};

/// The `count` largest eigenpairs of a symmetric matrix without negative eigenvalues, fp64 [n, n].
///
/// Small matrices are decomposed whole. Of large ones a block Krylov space is searched, which takes a tenth of the time;
/// its pairs are taken only when their residuals show that they are exact, otherwise the whole is decomposed after all.
Eigenpairs largestEigenpairs(const at::Tensor& matrix, int64_t count);

}  // namespace fusionscope::inspect
