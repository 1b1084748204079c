#pragma once

#include <string>
#include <vector>

#include "core/fusion/fusion_options.h"

/// The words with which options, sidecar files and fusionscope.json call the parts of depth-breadth fusion.
namespace fusionscope::fusion {

const char* name(PooledToken value);  ///< "kept", "cut-at-end", "cut-before-encoder"
const char* name(FusionKind value);   ///< "channels", "tokens", "average"
const char* name(Block value);        ///< "V", "caption", "ocr", "grounding"
const char* name(Ablation value);     ///< "none", "zero", "mean"

/// The values of those names. The pooled token's rules also answer to A, B and C.
/// @throws Error listing the known names
PooledToken pooledTokenNamed(const std::string& text);
FusionKind fusionKindNamed(const std::string& text);
Block blockNamed(const std::string& text);
Ablation ablationNamed(const std::string& text);

/// Names joined by commas, "V,caption,ocr,grounding", and back. @throws Error for an unknown or repeated block
std::string namesOf(const std::vector<Block>& blocks);
std::vector<Block> blocksNamed(const std::string& commaSeparated);

}  // namespace fusionscope::fusion
