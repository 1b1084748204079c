#pragma once

#include <filesystem>

#include "core/engine/alignment.h"

namespace fusionscope::cli {

/// Draws a training's curve.csv: a chart for each loss over the pictures shown, every step thin and a running mean thick.
/// Needs a QGuiApplication. @param file ends in .png or .svg
/// @throws Error when there is no curve yet or the file cannot be written
void drawCurve(const std::filesystem::path& csv, const std::filesystem::path& file);

/// Draws the curves of a study: a line for each part with its band over seeds, of the pairs trained on and of those held
/// out. Needs a QGuiApplication. @param file as above. @throws Error when it cannot be written
void drawAlignment(const engine::AlignmentResults& results, const std::filesystem::path& file);

}  // namespace fusionscope::cli
