#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/files/tensor_table.h"
#include "core/language/bart_config.h"
#include "core/vision/davit_config.h"
#include "core/vision/florence_projection.h"

namespace fusionscope::models {

/// What a Florence-2 looks like.
struct FlorenceConfig {
    vision::DavitConfig davit;
    vision::FlorenceProjectionConfig projection;
    language::BartConfig text;

    /// From config.json with the original or the transformers-native key names; sizes that only the weights state
    /// (vocabulary, position tables) come from the table, whose names must be original ones behind `prefix`.
    /// @param where the file's name for messages. @throws Error naming the field
    static FlorenceConfig read(const nlohmann::json& config, const files::TensorTable& table, const std::string& prefix,
                               const std::string& where);
    /// From the weights alone, for checkpoints that come without the tower's config: widths, depths and kernels from
    /// the shapes; heads 32 wide in the tower and 64 in the encoder, windows of 12, as in every published Florence-2.
    static FlorenceConfig infer(const files::TensorTable& table, const std::string& prefix);
};

}  // namespace fusionscope::models
