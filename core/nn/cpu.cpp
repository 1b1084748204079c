#include "core/nn/cpu.h"

#include <ATen/core/ivalue.h>
#include <ATen/cpu/Utils.h>

#include <string>

namespace fusionscope::nn {

namespace {

bool cpuHas(const std::string& name) {
    static const auto capabilities = at::cpu::get_cpu_capabilities();
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
}

}  // namespace

bool cpuHasFastBf16() {
    static const bool fast = cpuHas("amx_bf16") || cpuHas("avx512_bf16");
    return fast;
}

c10::ScalarType fastProductType(c10::ScalarType type) {
    if (type == c10::kBFloat16 && !cpuHasFastBf16()) return c10::kFloat;
    if (type == c10::kHalf && !cpuHas("amx_fp16")) return c10::kFloat;
    return type;
}

c10::ScalarType productType(const at::Tensor& x) {
    return x.device().is_cpu() ? fastProductType(x.scalar_type()) : x.scalar_type();
}

}  // namespace fusionscope::nn
