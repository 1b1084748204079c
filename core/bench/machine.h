#pragma once

#include <cstdint>
#include <string>

namespace fusionscope::bench {

/// What measurements were made on.
struct Machine {
    std::string processor;      ///< as the system names it
    int cores = 0;              ///< that this process may use
    int64_t memoryBytes = 0;
    std::string instructions;   ///< "AVX2", "AVX512", "AVX512-VNNI AMX-BF16", …: what matters here
    std::string library;        ///< LibTorch's version
    int threads = 0;            ///< LibTorch's, inside an operation
    double load = 0;            ///< average number of running processes over the last minute: above 1 somebody else works
};
Machine describeMachine();

/// Memory this process holds, and the most it has held since the last resetPeak(); bytes. 0 where the system has no /proc.
int64_t residentBytes();
int64_t peakResidentBytes();
/// Starts a new measurement of the peak; false when the system does not allow it (the peak then counts from the start).
bool resetPeak();

/// Bytes per second that all threads together read from memory: the best of several passes over a buffer that is far
/// larger than the caches. This is what bounds decoding, which reads every weight once a token.
double readBandwidth(int threads, int64_t bufferBytes = int64_t{1} << 30, int passes = 6);

/// Floating-point operations per second (a product and a sum are two) of LibTorch's product of large matrices in the
/// type that is fastest here, bf16 or fp32, with the threads it is set to: the best of several. This is what bounds
/// reading a prompt and encoding a picture.
double matrixRate(int passes = 6);

}  // namespace fusionscope::bench
