#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fusionscope::bench {

/// What one phase of a pass took: a scope that the layers open with RECORD_USER_SCOPE.
struct Phase {
    std::string name;       ///< "norm"; of a scope inside another, "tower stage 2 / norm"; empty: outside all scopes
    int64_t calls = 0;
    double seconds = 0;     ///< without the scopes inside it
    double operations = 0;  ///< floating-point operations of LibTorch's products, convolutions and attention in it;
                            ///< kernels of our own for a few rows, which are bound by memory, count as 0
};

/// Runs a pass twice in this thread, for the times and for the operations, and gives its phases, the longest first.
/// Their seconds add up to the pass.
std::vector<Phase> countPhases(const std::function<void()>& pass);

}  // namespace fusionscope::bench
