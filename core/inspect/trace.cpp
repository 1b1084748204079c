#include "core/inspect/trace.h"

#include <algorithm>
#include <utility>

#include "core/files/error.h"
#include "core/inspect/glob.h"

namespace fusionscope::inspect {

Trace::Trace(std::vector<std::string> patterns, Keep keep, std::size_t byteLimit)
    : m_patterns(std::move(patterns)), m_keep(keep), m_byteLimit(byteLimit) {}

bool Trace::wants(std::string_view name) const {
    return std::any_of(m_patterns.begin(), m_patterns.end(),
                       [name](const std::string& pattern) { return globMatches(pattern, name); });
}

void Trace::record(std::string_view name, const at::Tensor& value) {
    if (!wants(name)) return;
    Activation activation{std::string(name), value.sizes().vec(), {}};
    if (m_keep == Keep::Values) {
        const auto needed = static_cast<std::size_t>(value.numel()) * sizeof(float);
        if (needed > m_byteLimit - m_bytes) {
            throw Error(concat("this activation takes ", needed, " bytes after ", m_bytes,
                               " bytes of others, the limit for traced activations is ", m_byteLimit, " bytes"),
                        activation.name, "Select fewer activations or raise the limit.");
        }
        activation.values = value.detach().to(at::kCPU, at::kFloat, /*non_blocking=*/false, /*copy=*/true,
                                              at::MemoryFormat::Contiguous);
        m_bytes += needed;
    }
    const int times = ++m_timesSeen[activation.name];
    if (times > 1) activation.name += concat('#', times);
    m_index[activation.name] = m_activations.size();
    m_activations.push_back(std::move(activation));
}

const Activation& Trace::activation(std::string_view name) const {
    const auto found = m_index.find(name);
    if (found == m_index.end()) {
        throw Error("no activation of this name was recorded", std::string(name),
                    "`trace --list` prints the names that the model records.");
    }
    return m_activations[found->second];
}

void Trace::clear() {
    m_activations.clear();
    m_index.clear();
    m_timesSeen.clear();
    m_bytes = 0;
}

std::vector<NamedTensor> Trace::numbers() const {
    std::vector<NamedTensor> result;
    for (const auto& activation : m_activations) {
        if (!activation.values.defined()) continue;
        const auto* values = activation.values.const_data_ptr<float>();
        result.push_back({activation.name, activation.shape, {values, values + activation.values.numel()}});
    }
    return result;
}

}  // namespace fusionscope::inspect
