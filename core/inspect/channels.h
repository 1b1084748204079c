#pragma once

#include <vector>

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

/// One channel and how much it varies over the patches of a map.
struct ChannelVariance {
    int channel = 0;
    double variance = 0;  ///< mean squared distance from the channel's mean
};

/// All channels, the most varying first; equals by channel number.
std::vector<ChannelVariance> channelsByVariance(const FeatureMap& map);

/// The values of one channel. @throws Error when the map has no such channel
ScalarMap channelMap(const FeatureMap& map, int channel);

}  // namespace fusionscope::inspect
