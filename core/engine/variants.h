#pragma once

#include <string>
#include <vector>

#include "core/engine/captioned_pictures.h"
#include "core/engine/model.h"
#include "core/models/stored_options.h"

namespace fusionscope::engine {

/// How well one combination of the open options explains the captions.
struct VariantScore {
    std::string name;  ///< "pooled token cut-at-end, prompt padding seen, V,caption,ocr,grounding"
    models::EncodeOptions options;
    int64_t visualTokens = 0;
    double meanLogLikelihood = 0;  ///< of a caption's token, mean over all tokens of all captions
    /// Standard error of its distance to the best combination, taken picture by picture; 0 for the best itself.
    double standardError = 0;
};

/// Scores every combination of what a Florence-VL checkpoint leaves open: the rule for the pooled token (which also
/// decides the number of visual tokens), prompt padding seen or masked, the order of the three prompts' blocks behind V.
/// @param question what each caption answers
/// @param most pictures to use, from the first on; 0: all
/// @return best first. @throws Error when the model takes no pictures or there are none; Stopped
std::vector<VariantScore> scoreVariants(Model& model, const std::vector<CaptionedPicture>& pictures,
                                        const std::string& question, size_t most, const Control& control = {});

}  // namespace fusionscope::engine
