#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/model.h"
#include "core/engine/stored_options.h"

namespace fusionscope::engine {

/// A picture and a sentence that describes it.
struct CaptionedPicture {
    std::filesystem::path picture;
    std::string caption;
};

/// Reads a folder of captioned pictures: captions.jsonl ({"image": …, "caption": …} a line), or NAME.txt beside each
/// NAME.png/.jpg/…, or a COCO annotation JSON. @throws Error naming file and line
std::vector<CaptionedPicture> readCaptionedPictures(const std::filesystem::path& folder);

/// How well one combination of the open options explains the captions.
struct VariantScore {
    std::string name;  ///< "pooled token cut at the end, padding seen, V caption ocr grounding"
    models::EncodeOptions options;
    int64_t visualTokens = 0;
    double meanLogLikelihood = 0;  ///< of a caption's token, mean over all tokens
    double standardError = 0;      ///< over pictures
};

/// Scores every combination of the options that a checkpoint leaves open (spec questions: pooled token, prompt padding,
/// order of blocks), best first. @param most pictures to use, 0: all
std::vector<VariantScore> scoreVariants(Model& model, const std::vector<CaptionedPicture>& pictures, int64_t most,
                                        const Control& control = {});

}  // namespace fusionscope::engine
