#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace fusionscope::inspect {

/// One activation on the patch grid of a picture: a vector of `channels` values for each patch.
struct FeatureMap {
    std::string name;  ///< the activation's name, e.g. "tower/encoder/ocr/layer11"
    int rows = 0;      ///< patches from top to bottom
    int columns = 0;   ///< patches from left to right
    int channels = 0;
    std::vector<float> data;            ///< [rows, columns, channels], row-major
    bool reachesLanguageModel = false;  ///< false: only shown, the model's answer does not see this activation

    int patches() const { return rows * columns; }
    /// The vector of one patch; patches are counted row by row from the top left corner.
    std::span<const float> patch(int index) const {
        return std::span(data).subspan(static_cast<std::size_t>(index) * channels, channels);
    }
};

/// One number for each patch: similarity, norm or a single channel.
struct ScalarMap {
    int rows = 0;
    int columns = 0;
    std::vector<float> values;  ///< [rows, columns]
};

/// Three numbers in 0 to 1 for each patch.
struct ColourMap {
    int rows = 0;
    int columns = 0;
    std::vector<float> values;  ///< [rows, columns, 3]: red, green, blue
};

/// One class for each patch.
struct LabelMap {
    int rows = 0;
    int columns = 0;
    int count = 0;            ///< labels run from 0 to count − 1
    std::vector<int> labels;  ///< [rows, columns]
};

/// Checks that the sizes are positive, agree with the data, and that every value is finite.
/// @throws Error naming the map and what is wrong
void requireSound(const FeatureMap& map);

/// @throws Error when `patch` is not a patch of the map
void requirePatch(const FeatureMap& map, int patch);

/// The patch under a point of the picture, so that one selection can be followed through grids of different size.
/// @param x, y position in the picture, 0 to 1 from the left and from the top; values outside are moved to the border
int patchAt(const FeatureMap& map, double x, double y);

/// The patches whose centre lies in a box of the picture (0 to 1); the patch under the box's centre when there is none.
std::vector<int> patchesIn(const FeatureMap& map, double left, double top, double right, double bottom);

/// Smallest and largest value of a map; both 0 for an empty one.
struct Range {
    float low = 0;
    float high = 0;
};
Range rangeOf(std::span<const float> values);

}  // namespace fusionscope::inspect
