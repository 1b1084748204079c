#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/models/florence_tasks.h"

namespace fusionscope::models {

/// Which published post-processing to follow: they differ in rounding and in a few corner cases.
enum class FlorenceDialect {
    Original,  ///< the model's own processor: coordinates as 32-bit floats, text as it is
    Native     ///< the transformers library: coordinates cut to integers, text trimmed
};

/// Size of the picture that answers refer to, in pixels.
struct PictureSize {
    int64_t width = 0, height = 0;
};

/// Florence-2's 1,000 bins an axis.
struct LocationBins {
    PictureSize size;
    static constexpr int64_t count = 1000;

    /// Middle of a bin in pixels, in single precision as the reference computes it.
    float x(int64_t bin) const;
    float y(int64_t bin) const;
    /// Bin of a coordinate, kept within 0…999.
    int64_t binX(double x) const;
    int64_t binY(double y) const;
};

/// One thing found in a picture, in the original picture's pixels.
struct FlorenceRegion {
    std::string label;
    std::optional<std::array<double, 4>> box;   ///< x1 y1 x2 y2
    std::optional<std::array<double, 8>> quad;  ///< x1 y1 … x4 y4, clockwise from the top left
    std::vector<std::vector<double>> polygons;  ///< x y x y …, each one outline of the thing
    bool isPolygons = false;                    ///< true also when the outlines came out empty
    std::optional<double> score;                ///< e^(mean log-probability of its location tokens)
};

/// A task's answer.
struct FlorenceAnswer {
    const FlorenceTask* task = nullptr;
    std::string text;                     ///< for text tasks
    std::vector<FlorenceRegion> regions;  ///< for all others

    /// The form in which the reference gives it: {"<OD>": {"bboxes": […], "labels": […]}}.
    nlohmann::json json() const;
    FlorenceDialect dialect = FlorenceDialect::Original;
};

/// Reads a task's output.
/// @param text generated text with special tokens kept and joined without spaces
/// @param size the picture the model saw, before it was stretched
FlorenceAnswer readFlorenceAnswer(const FlorenceTask& task, std::string_view text, PictureSize size,
                                  FlorenceDialect dialect = FlorenceDialect::Original);

/// Labelled boxes with scores (Original dialect).
/// @param pieces the text of each generated id after the start id
/// @param logProbabilities of the same ids
FlorenceAnswer readFlorenceAnswerWithScores(const FlorenceTask& task, const std::vector<std::string>& pieces,
                                            const std::vector<double>& logProbabilities, PictureSize size);

}  // namespace fusionscope::models
