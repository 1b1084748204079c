#pragma once

#include <filesystem>

namespace fusionscope::engine {

/// The bundled model's folder: `nano` in the folder that FUSIONSCOPE_MODELS names, in the source tree that this program
/// was built in, or in the share folder that it is installed with. @throws Error naming the places that were searched
std::filesystem::path bundledModel();

/// The folder that is opened when nobody names one: what FUSIONSCOPE_MODEL names, else `chat` beside the bundled model
/// where installer/chat has completed it, else the bundled model's. @throws Error
std::filesystem::path defaultModel();

/// The folder of sample pictures, found in the same way (FUSIONSCOPE_RESOURCES). @throws Error
std::filesystem::path samplePictures();

/// The folder of sample captioned pictures, found in the same way. @throws Error
std::filesystem::path samplePairs();

/// The folder of fonts, drawings and words that the visual world is painted with, found in the same way. @throws Error
std::filesystem::path worldMaterials();

/// The folder of photographs and free questions for `evaluate`, found in the same way. @throws Error
std::filesystem::path evaluationFiles();

/// The folder of recipes for training, found in the same way. @throws Error
std::filesystem::path trainingRecipes();

/// The folder of the comparison with other programs: `bench` in the folder that FUSIONSCOPE_TESTS names, else found in
/// the same way. @throws Error
std::filesystem::path comparisonScripts();

}  // namespace fusionscope::engine
