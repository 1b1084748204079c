#pragma once

#include <filesystem>

namespace fusionscope::cli {

/// Draws a training's curve.csv: a chart for each loss over the pictures shown, every step thin and a running mean thick.
/// Needs a QGuiApplication. @param file ends in .png or .svg
/// @throws Error when there is no curve yet or the file cannot be written
void drawCurve(const std::filesystem::path& csv, const std::filesystem::path& file);

}  // namespace fusionscope::cli
