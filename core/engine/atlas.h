#pragma once

#include <array>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/engine/control.h"
#include "core/inspect/feature_map.h"
#include "core/inspect/pca.h"
#include "core/inspect/similarity.h"
#include "core/models/encode_options.h"

namespace fusionscope::engine {

/// What is drawn of a feature map.
enum class MapKind {
    Pca,         ///< the first three principal components as red, green and blue
    Foreground,  ///< the same of what the first component calls foreground; the rest black
    Similarity,  ///< cosine to the selected patches
    Norm,        ///< length of each patch's vector
    Channel,     ///< one channel
    Cluster      ///< k-means classes
};
/// "pca", "foreground", "similarity", "norm", "channel", "cluster". @throws Error listing them
MapKind mapKindNamed(const std::string& text);
const char* name(MapKind kind);

/// Which maps share a PCA basis, so that equal colours mean equal features. Maps share only with maps of their width.
enum class BasisScope { Map, Row, All };
/// "map", "row", "all". @throws Error listing them
BasisScope basisScopeNamed(const std::string& text);
const char* name(BasisScope scope);

struct MapOptions {
    MapKind kind = MapKind::Pca;
    BasisScope basis = BasisScope::Map;
    std::shared_ptr<const inspect::PcaBasis> savedBasis;  ///< taken for maps of its width in place of a fitted one
    double foregroundThreshold = 0.5;                     ///< of the stretched first component
    /// Selected places of the picture the model sees, boxes of 0 to 1 from the top left: left, top, right, bottom.
    std::vector<std::array<double, 4>> selection;
    inspect::Origin origin = inspect::Origin::Zero;
    /// The column in whose maps the patches are selected, for the maps of all columns; −1: each map's own patches.
    int selectionColumn = -1;
    int channel = -1;     ///< of Channel; −1: the channel that varies most in each map
    int clusters = 6;
    uint64_t seed = 1;    ///< of k-means
};

using Drawing = std::variant<inspect::ScalarMap, inspect::ColourMap, inspect::LabelMap>;

/// One map at its place in the atlas.
struct AtlasCell {
    models::ActivationInfo activation;
    std::shared_ptr<const inspect::FeatureMap> features;
    int row = 0, column = 0;
    Drawing drawing;
    inspect::Range range;  ///< of a ScalarMap's values
    int basis = -1;        ///< index of its PCA basis in Atlas::bases
    int channel = -1;      ///< that is drawn, for MapKind::Channel
};

/// Feature maps laid out by prompt (rows) and depth (columns), with what is drawn of each.
struct Atlas {
    MapOptions options;
    std::vector<std::string> rows, columns;
    std::vector<AtlasCell> cells;
    std::vector<inspect::PcaBasis> bases;
};

/// The activations that have a patch grid and whose row and column fit any of the patterns (see inspect::globMatches;
/// no pattern: all fit). @throws Error when none is left, listing the rows and columns there are
std::vector<models::ActivationInfo> chooseMaps(const std::vector<models::ActivationInfo>& activations,
                                               const std::vector<std::string>& rowPatterns,
                                               const std::vector<std::string>& columnPatterns);

/// Rows and columns in the order in which they are first computed.
/// @param maps one for each of `chosen`, found by name
/// @throws Error when a map is missing, an option is out of range, or MapKind::Similarity has no selection
Atlas makeAtlas(const std::vector<models::ActivationInfo>& chosen, std::vector<inspect::FeatureMap> maps,
                const MapOptions& options, const Control& control = {});
/// The same of maps that others hold too.
Atlas drawAtlas(const std::vector<models::ActivationInfo>& chosen,
                const std::vector<std::shared_ptr<const inspect::FeatureMap>>& maps, const MapOptions& options,
                const Control& control = {});

}  // namespace fusionscope::engine
