#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/inspect/named_tensor.h"

namespace fusionscope::inspect {

/// One recorded activation beside what was expected of it.
struct ComparedTensor {
    std::string name, expectedName;
    std::string problem;       ///< why the two cannot be compared; empty when they can
    double error = 0;          ///< largest difference over the largest magnitude of the expected
    double cosine = 1;
    bool within = false;       ///< both measures are within what was asked for
};

struct Tolerance {
    double error = 1e-4;
    double cosine = 0.999999;
};

/// Which expected tensor belongs to an activation.
///
/// A JSON object: {"llm/layer0": "{case}.llm.hidden.1", "llm/logits": {"name": "{case}.logits", "tail": true}}; "{case}"
/// is replaced by the input case, "tail" compares only as many of the last rows as the reference has, "ends" the first and
/// the last view where the reference has these two of more.
struct NameMap {
    std::filesystem::path file;  ///< empty: names are the same
    std::string inputCase;
};

/// Compares what a pass recorded with a reference's tensors, in the order of recording; activations without a
/// counterpart in the reference are left out. @throws Error when nothing has one
std::vector<ComparedTensor> compare(const std::vector<NamedTensor>& recorded,
                                    const std::filesystem::path& expected, const NameMap& names, Tolerance tolerance);

}  // namespace fusionscope::inspect
