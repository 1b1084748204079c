#pragma once

#include <string>

#include "core/files/tensor_table.h"

namespace fusionscope::models {

/// Brings the tensor names of a Florence-2 into one form, without touching any data: original names, and one single
/// `language_model.model.shared.weight` for the tables that are stored up to four times.
///
/// - transformers-native names become original ones; native `image_projection.weight` is marked as transposed
/// - of the four tied tables the first one present stays; the others are dropped
/// - classification leftovers of the backbone (`vision_tower.norms`, `vision_tower.head`) are dropped
/// @param prefix what stands before every Florence-2 name ("" or "model.vision_tower.vision_tower.")
/// @throws Error when there is no embedding table, or when tied tables differ in shape
void canonicalizeFlorenceNames(files::TensorTable& table, const std::string& prefix);

}  // namespace fusionscope::models
