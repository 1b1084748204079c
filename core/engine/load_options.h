#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fusionscope::engine {

/// How weights are held and in what type the passes compute. Int8 and Int4 are weight-only.
enum class Precision { Auto, Fp32, Bf16, Fp16, Int8, Int4 };

/// "auto", "fp32", …; @throws Error listing the known ones
Precision precisionNamed(const std::string& name);
const char* name(Precision precision);

struct LoadOptions {
    /// Auto: bf16 where the processor multiplies it fast (AMX, AVX512-BF16) or on CUDA, else fp32. A GGUF file's
    /// matrices in Q8_0, Q4_0 and Q4_1 then stay as they are; any other choice converts them.
    Precision precision = Precision::Auto;
    std::string device = "cpu";      ///< "cpu", "cuda" or "cuda:1"
    int64_t groupSize = 32;          ///< of Int4
    int threads = 0;                 ///< 0: as many as there are cores
    std::string chatTemplate;        ///< overrides the checkpoint's own; empty: as the checkpoint says
    bool pillow13Order = false;      ///< resampling passes as in Pillow 13 (vertical first) instead of before
    uint64_t visualCacheBytes = uint64_t{256} << 20;  ///< encoded pictures kept for later questions
    bool ignoreMemoryCheck = false;  ///< load even if the estimate says that it cannot fit
};

}  // namespace fusionscope::engine
