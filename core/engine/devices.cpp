#include "core/engine/devices.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace fusionscope::engine {

std::vector<std::string> devices() {
    std::vector<std::string> names{"cpu"};
    if (!at::hasCUDA()) return names;
    const int count = c10::impl::VirtualGuardImpl(c10::kCUDA).deviceCount();
    if (count == 1) names.emplace_back("cuda");
    for (int i = 0; count > 1 && i < count; ++i) names.push_back(std::string("cuda:").append(std::to_string(i)));
    return names;
}

}  // namespace fusionscope::engine
