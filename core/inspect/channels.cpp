#include "core/inspect/channels.h"

#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::inspect {

std::vector<ChannelVariance> channelsByVariance(const FeatureMap& map) {
    requireSound(map);
    std::vector<double> mean(map.channels, 0.0);
    for (int patch = 0; patch < map.patches(); ++patch) {
        const auto values = map.patch(patch);
        for (int c = 0; c < map.channels; ++c) mean[c] += values[c];
    }
    for (double& value : mean) value /= map.patches();
    std::vector<ChannelVariance> channels(map.channels);
    for (int c = 0; c < map.channels; ++c) channels[c].channel = c;
    for (int patch = 0; patch < map.patches(); ++patch) {
        const auto values = map.patch(patch);
        for (int c = 0; c < map.channels; ++c) {
            const double distance = values[c] - mean[c];
            channels[c].variance += distance * distance / map.patches();
        }
    }
    std::stable_sort(channels.begin(), channels.end(),
                     [](const ChannelVariance& a, const ChannelVariance& b) { return a.variance > b.variance; });
    return channels;
}

ScalarMap channelMap(const FeatureMap& map, int channel) {
    requireSound(map);
    if (channel < 0 || channel >= map.channels) {
        throw Error(concat("channel ", channel, " is outside the map's ", map.channels, " channels"), map.name,
                    concat("Choose a channel from 0 to ", map.channels - 1, "."));
    }
    ScalarMap values{map.rows, map.columns, {}};
    for (int patch = 0; patch < map.patches(); ++patch) values.values.push_back(map.patch(patch)[channel]);
    return values;
}

}  // namespace fusionscope::inspect
