#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

/// Principal components of patch vectors, and the range of their scores, which decides the colours.
///
/// Each component's sign makes its largest-magnitude loading positive, so that the same features give the same colours
/// on every machine. A direction without variance is a component of zeros.
struct PcaBasis {
    int channels = 0;
    std::vector<std::string> maps;  ///< names of the maps it was fitted to
    std::vector<double> mean;       ///< [channels]
    std::vector<double> components;         ///< [count, channels], unit length, by falling variance
    std::vector<double> explainedVariance;  ///< [count]: variance of the scores, divisor patches − 1
    std::vector<double> explainedRatio;     ///< [count]: share of the whole variance, 0 to 1
    std::vector<double> low;   ///< [count]: smallest score of the patches it was fitted to
    std::vector<double> high;  ///< [count]: largest score

    int count() const { return static_cast<int>(explainedVariance.size()); }
};

/// Fits a basis to the patches of one map, or of several together (a joint basis: the same colour then means the same
/// in all of them).
/// @param count components wanted; min(channels, count) are given
/// @throws Error when the maps' channel counts differ or a map is not sound
PcaBasis fitPca(const FeatureMap& map, int count = 3);
PcaBasis fitPca(std::span<const FeatureMap* const> maps, int count = 3);

/// Coordinates of each patch in the basis: [patches, count].
/// @throws Error when the channels differ
std::vector<double> project(const FeatureMap& map, const PcaBasis& basis);

/// The first three components as red, green and blue: each from 0 at the basis' smallest score to 1 at its largest.
/// A component without variance gives 0. Patches beyond the basis' range (a saved or joint basis) are clamped.
ColourMap pcaColours(const FeatureMap& map, const PcaBasis& basis);

/// Two steps: the first component, stretched to 0…1 and cut at a threshold, says what is foreground; a second basis is
/// then fitted to the foreground patches alone and colours them; the background stays black. Procedure of Florence-VL
/// figure 3, completed as DINOv2 does it.
struct ForegroundBasis {
    PcaBasis all;
    PcaBasis foreground;  ///< with four or fewer foreground patches: the first basis with the foreground's score range
    double threshold = 0.5;
};
/// @throws Error when the threshold is not 0 to 1, or as fitPca
ForegroundBasis fitForeground(const FeatureMap& map, double threshold = 0.5);
ForegroundBasis fitForeground(std::span<const FeatureMap* const> maps, double threshold = 0.5);

/// 1 for each foreground patch, 0 for the others: [patches].
std::vector<std::uint8_t> foregroundOf(const FeatureMap& map, const ForegroundBasis& basis);
ColourMap foregroundColours(const FeatureMap& map, const ForegroundBasis& basis);

/// A basis as JSON text; reading it back gives the same numbers to the last bit.
std::string toJson(const PcaBasis& basis);
/// @param where file name for messages
/// @throws Error when the text is not a basis: not JSON, wrong sizes, numbers that are not finite
PcaBasis pcaBasisFromJson(std::string_view text, const std::string& where);

}  // namespace fusionscope::inspect
