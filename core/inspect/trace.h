#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/inspect/named_tensor.h"
#include "core/nn/pass.h"

namespace fusionscope::inspect {

/// One activation as the pass recorded it.
struct Activation {
    std::string name;
    std::vector<int64_t> shape;
    at::Tensor values;  ///< fp32, contiguous, on the CPU; undefined when only names and shapes are collected
};

/// Collects the named activations of forward passes.
///
/// A name recorded again (the next token, the next picture) is kept beside the first as "name#2", "name#3", ….
class Trace : public nn::Recorder {
  public:
    enum class Keep {
        Values,  ///< fp32 copies on the CPU
        Shapes   ///< names and shapes alone: works on the meta device and takes no memory
    };
    static constexpr std::size_t defaultByteLimit = std::size_t{2} << 30;

    /// @param patterns names to collect (see globMatches); a name that fits any of them is collected
    /// @param byteLimit what all copies together may take
    explicit Trace(std::vector<std::string> patterns, Keep keep = Keep::Values,
                   std::size_t byteLimit = defaultByteLimit);

    bool wants(std::string_view name) const override;
    /// Ignores names that no pattern fits. @throws Error when the copies would pass the byte limit
    void record(std::string_view name, const at::Tensor& value) override;

    /// In the order of recording.
    const std::vector<Activation>& activations() const { return m_activations; }
    /// Copies as plain numbers, in the same order; with Keep::Values only.
    std::vector<NamedTensor> numbers() const;
    /// @throws Error when nothing was recorded under the name
    const Activation& activation(std::string_view name) const;
    bool has(std::string_view name) const { return m_index.find(name) != m_index.end(); }
    std::size_t bytes() const { return m_bytes; }
    /// Forgets what was collected; patterns and limit stay.
    void clear();

  private:
    std::vector<std::string> m_patterns;
    Keep m_keep;
    std::size_t m_byteLimit;
    std::size_t m_bytes = 0;
    std::vector<Activation> m_activations;
    std::map<std::string, std::size_t, std::less<>> m_index;
    std::map<std::string, int, std::less<>> m_timesSeen;
};

}  // namespace fusionscope::inspect
