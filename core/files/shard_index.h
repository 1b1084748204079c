#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// Which shard holds which tensor: `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
struct ShardIndex {
    std::map<std::string, std::string, std::less<>> tensorToShard;
    std::vector<std::string> shards;  ///< plain file names, sorted, each once

    /// @throws Error when the map is absent or empty, or a shard is not a plain file name
    static ShardIndex read(const std::filesystem::path& file);
};

/// The tensors of a checkpoint in shards, and those a shard holds although the index does not place them there.
struct ShardedTensors {
    TensorTable tensors;
    std::vector<std::string> unplaced;  ///< "shard: tensor"; not part of `tensors`
};

/// Reads every shard of the index (which lies beside the shards) and joins them.
/// @param readShard reads one file
/// @throws Error naming every shard that is missing, or every tensor that its shard does not hold
ShardedTensors readShards(const std::filesystem::path& indexFile,
                          const std::function<TensorTable(const std::filesystem::path&)>& readShard);

}  // namespace fusionscope::files
