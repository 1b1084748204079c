#pragma once

#include <string>
#include <vector>

#include "core/engine/model.h"

/// What benchmarks ask a model.
namespace fusionscope::engine {

/// A picture like a photograph's worst case: nothing in it is flat.
PictureHandle noisyPicture(uint64_t seed, image::Size size = {1280, 960});

/// A question about pictures that is answered in four tokens: what counts is the time to the first one.
ChatRequest question(const Model& model, const std::vector<PictureHandle>& pictures, const std::string& words);

}  // namespace fusionscope::engine
