#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/files/tensor_table.h"

namespace fusionscope::models {

using at::Tensor;

/// Tensors as a reference implementation takes them, to compare with any of them; undefined where absent.
struct RawTensors {
    Tensor pixels;      ///< pixel_values, [pictures, 3, height, width] or [pictures, views, 3, height, width] fp32
    Tensor ids;         ///< input_ids, [batch, length] int64, pictures' places as the family marks them
    Tensor mask;        ///< attention_mask, boolean [batch, length], true where a token counts
    Tensor decoderIds;  ///< decoder_input_ids, [batch, length] int64 (encoder-decoder models)
    Tensor sizes = {};   ///< image_sizes, [pictures, 2] int64, height and width before the processor
    Tensor frames = {};  ///< pixel_values_videos, [videos, frames, 3, height, width] fp32

    /// The pixels of families with one view a picture: [pictures, 3, height, width]. @throws Error when they have more
    Tensor singleViews() const;
};

/// Finds the tensors by the names in the comments above.
/// @param inputCase prefix that is tried first ("one_image" for "one_image.input_ids"); may be empty
/// @throws Error when there is neither a picture nor ids, or a type or rank is wrong
RawTensors readRawTensors(const files::TensorTable& table, const std::string& inputCase, const std::string& where);

}  // namespace fusionscope::models
