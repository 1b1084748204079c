#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/files/safetensors.h"

namespace fusionscope::tools {

/// What the values of a made-up tensor are.
enum class Fill {
    Random,  ///< uniform around 0, deviation 1 / sqrt(inputs), so that activations keep their size from layer to layer
    Ones,
    Zeros,
    Waves,  ///< the cosine table of Florence-2's temporal embedding
};

struct PlannedTensor {
    files::TensorHeader header;  ///< always bf16
    Fill fill = Fill::Random;
    uint64_t seed = 0;  ///< equal seeds and shapes give equal values
};

/// Everything that a checkpoint folder will hold: tensors by description, so that a plan of any size takes no memory.
class CheckpointPlan {
  public:
    using Shape = std::vector<int64_t>;

    void add(const std::string& name, const Shape& shape, Fill fill = Fill::Random);
    /// The same values as a tensor that was added before, stored once more.
    void addCopy(const std::string& name, const std::string& original);
    /// `prefix`.weight [outputs, inputs], and .bias [outputs]
    void addLinear(const std::string& prefix, int64_t outputs, int64_t inputs, bool bias = true);
    /// `prefix`.weight and .bias [channels]
    void addNorm(const std::string& prefix, int64_t channels);

    const std::vector<PlannedTensor>& tensors() const { return m_tensors; }
    int64_t bytes() const;

    std::map<std::string, nlohmann::json> json;             ///< name in the folder → content
    std::map<std::string, std::filesystem::path> fixtures;  ///< name in the folder → file below tests/golden

  private:
    std::vector<PlannedTensor> m_tensors;
};

/// Writes the folder: weights in shards of at most `shardBytes`, one tensor in memory at a time.
/// @param golden the folder tests/golden. @throws Error when the folder exists or the disk is full
void writeCheckpoint(const CheckpointPlan& plan, const std::filesystem::path& golden, const std::filesystem::path& folder,
                     int64_t shardBytes = 5'000'000'000);

/// How much of the real size: all of it, the real widths with few layers, or little of everything.
enum class Scale { Full, Small, Tiny };

/// The checkpoints that can be made.
std::vector<std::string> planNames();
/// @param golden the folder tests/golden, whose configurations and tokenizers are the patterns. @throws Error
CheckpointPlan planCheckpoint(const std::string& name, Scale scale, const std::filesystem::path& golden);

}  // namespace fusionscope::tools
