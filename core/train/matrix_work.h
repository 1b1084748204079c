#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>

namespace fusionscope::train {

/// Counts the floating-point operations of all matrix products and convolutions of this thread while it lives, those of
/// the backward pass among them. One object at a time.
class MatrixWork {
  public:
    MatrixWork();
    ~MatrixWork();
    MatrixWork(const MatrixWork&) = delete;
    MatrixWork& operator=(const MatrixWork&) = delete;

    double operations() const;

  private:
    uint64_t m_handle;
};

/// Operations per second of a large matrix product in this type with all threads, the best of some.
double matrixRate(c10::ScalarType type, c10::Device device);

}  // namespace fusionscope::train
