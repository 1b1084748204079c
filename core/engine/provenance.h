#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/request.h"
#include "core/engine/results.h"
#include "core/image/processor.h"

namespace fusionscope::engine {

/// Which frames of a video they are.
struct VideoProvenance {
    std::string hash;      ///< SHA-256 of the file
    std::string sampling;  ///< how they were chosen: "8 frames from the first to the last", "scenes: change above 0.3"
    int64_t all = 0;       ///< frames of the video
    text::VideoTimes times;
    std::vector<int64_t> indices;                ///< one a frame
    std::vector<std::optional<double>> changes;  ///< one a frame: from the frame before it, where scenes were looked for
};

/// Where exported numbers come from: all that is needed to make them again.
struct Provenance {
    ModelSummary model;
    std::string modelHash;      ///< checkpointHash() of the folder
    std::string pictureName;
    PictureHandle picture;      ///< of a video its first frame that is shown
    std::optional<VideoProvenance> video;
    std::string preprocessing;  ///< preprocessingText()
    std::string prompt;         ///< the question; empty when the language model was not run
    models::EncodeOptions encoding;
    std::vector<std::string> extraPrompts;  ///< "NAME=TEXT"
    std::string command;        ///< a command line that repeats the export
};

/// Name, family, hash, size, precision and device of a model, as every exported JSON states them.
nlohmann::json modelJson(const ModelSummary& model, const std::string& hash);

/// "padded to a square with (123, 116, 103), resized to 256 × 256, horizontal pass first, …" in one line.
std::string preprocessingText(const image::ProcessedPicture& processed, bool pillow13Order);

/// The same for a reader: short names and values, as printed below an atlas page.
std::vector<std::pair<std::string, std::string>> recipe(const Atlas& atlas, const Provenance& provenance);

/// The JSON that lies beside an exported atlas: program, model with hash, picture with hash, preprocessing, encoding
/// options, map kind with its parameters, PCA bases, and each cell's activation, place, shape and range.
/// @param files names of the exported files, by what they are ("features", "png", …)
std::string sidecar(const Atlas& atlas, const Provenance& provenance,
                    const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace fusionscope::engine
