#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/engine/load_options.h"
#include "core/files/error.h"

namespace fusionscope::files {
class ModelFolder;
}
namespace fusionscope::nn {
struct WeightOptions;
}

namespace fusionscope::engine {

/// What loading a checkpoint and answering one usual request takes, in bytes.
struct MemoryEstimate {
    int64_t parameters = 0;   ///< numbers in all weights, shared tables once; not bytes
    int64_t weights = 0;      ///< as held in memory
    int64_t cache = 0;        ///< keys and values of the tokens of a usual conversation
    int64_t activations = 0;  ///< the intermediate results at the widest place of a pass
    int64_t total() const { return weights + cache + activations; }
};

/// A checkpoint built without its numbers: every tensor's name and shape held against the configuration within
/// milliseconds, whatever its size.
struct CheckpointSketch {
    std::string family;
    int64_t parameters = 0;           ///< shared tables once
    int64_t matrixValues = 0;         ///< of them: in dense matrices that Int8 and Int4 make smaller
    int64_t tableValues = 0;          ///< of them: in the decoder's embedding
    int64_t tableBytes = 0;           ///< which takes so much as the files hold it
    bool tied = false;                ///< it is the output layer too, which Int8 and Int4 copy
    int64_t quantisedValues = 0;      ///< of them: in matrices that the files hold as int8 or int4 already
    int64_t quantisedBytes = 0;       ///< which take so much
    int64_t blockValues = 0;          ///< of them: in matrices that the files hold in blocks which can stay as they are
    bool blockTable = false;          ///< the decoder's embedding is in such blocks too
    int64_t blockBytes = 0;           ///< which take so much, the embedding included
    int64_t bf16MatrixValues = 0;     ///< of the dense matrices: those that the files hold in bf16
    int64_t bf16OtherValues = 0;      ///< of all: in other matrices but the embedding, in bf16 too
    int64_t cacheValuesPerToken = 0;  ///< keys and values of all layers together
    int64_t inputValuesPerToken = 0;  ///< kept beside them, see language::KvCache
    bool narrowCache = false;         ///< keys and values are fp16 at most when matrices are quantised
    int64_t contextTokens = 0;        ///< the most tokens a conversation can have; 0 for a Florence-2
    int64_t activationValues = 0;
    std::set<std::string, std::less<>> matrices;  ///< names of those dense matrices
    std::vector<Error> problems;             ///< missing and misshapen tensors, in the order they are asked for
    std::vector<std::string> unusedTensors;  ///< in the files, asked for by nobody

    /// @param precision any but Auto. @param computeBytes of one number in a pass (4 for fp32, 2 for bf16 and fp16)
    /// @param keepBlocks, keepBf16 see nn::WeightOptions
    MemoryEstimate estimate(Precision precision, int64_t computeBytes, int64_t groupSize, bool keepBlocks = false,
                            bool keepBf16 = false) const;
};

/// @throws Error when the folder's family is unknown, or its configuration or weight files cannot be read at all
CheckpointSketch sketchCheckpoint(const files::ModelFolder& folder);

/// @throws Error as loading the folder would
MemoryEstimate estimateMemory(const files::ModelFolder& folder, Precision precision, const nn::WeightOptions& options);
/// The same, held against what is free on the device.
/// @throws Error with both numbers, and the largest precision that would fit when there is one, when it does not fit
MemoryEstimate requireMemory(const files::ModelFolder& folder, Precision precision, const nn::WeightOptions& options);

/// Memory of the machine that can be taken without pushing other programs out, or what this process' control group
/// leaves of it; nothing when the system does not tell.
std::optional<int64_t> availableMemory();

/// "812 MB", "4.8 GB".
std::string bytesText(int64_t bytes);

}  // namespace fusionscope::engine
