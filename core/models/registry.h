#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/language/decoder.h"
#include "core/models/florence2.h"
#include "core/models/siglip_pair.h"
#include "core/models/vision_language_model.h"
#include "core/nn/weights.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// A checkpoint in memory, as one of the four kinds of model the program knows.
struct LoadedModel {
    std::string family;  ///< "florence-vl", "florence-2", …: the row of the table that read it
    std::variant<std::unique_ptr<VisionLanguageModel>, std::unique_ptr<Florence2>, std::unique_ptr<SiglipPair>,
                 std::unique_ptr<language::Decoder>>
        model;

    /// The model when it answers about pictures, else null.
    const VisionLanguageModel* visionLanguage() const;
    /// The model when it is a Florence-2 alone, else null.
    const Florence2* florence2() const;
    /// The model when it is a SigLIP with both towers, else null.
    const SiglipPair* siglip() const;
    /// The causal decoder of a vision-language or text model; null for Florence-2 and SigLIP.
    const language::Decoder* decoder() const;
};

/// The families that can be loaded.
std::vector<std::string> knownFamilies();

/// The family that reads this folder, by config.json's model_type and architectures.
/// @throws Error naming what was found, the nearest known family and what is missing
std::string familyOf(const files::ModelFolder& folder);

/// Whether that family takes pictures. @throws Error as familyOf() does
bool takesPictures(const files::ModelFolder& folder);

/// The folder's tensors with the language model's under the names that the family's loader asks for; a checkpoint
/// written with these names is one of the same family. @throws Error as familyOf() does
files::TensorTable canonicalTensors(const files::ModelFolder& folder);

/// Loads whatever the folder holds. @throws Error
LoadedModel loadModel(const files::ModelFolder& folder, const nn::WeightOptions& options);

/// One pass over raw tensors through whatever the model is (see VisionLanguageModel::run); records all activations.
/// @throws Error when the tensors do not fit the model
void runRaw(const LoadedModel& model, const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass);

}  // namespace fusionscope::models
