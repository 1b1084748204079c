#pragma once

#include <QCoreApplication>
#include <QImage>
#include <QString>
#include <array>
#include <functional>
#include <map>
#include <memory>

#include "core/engine/atlas.h"
#include "ui/inspect/feature_store.h"
#include "ui/inspect/unit_features.h"

namespace fusionscope::ui {

/// What is drawn of one feature map.
struct DrawnMap {
    engine::MapKind kind = engine::MapKind::Pca;
    engine::Drawing drawing;
    inspect::Range range;                            ///< of a map of numbers: what gets the colour scale's two ends
    int channel = -1;                                ///< of MapKind::Channel
    std::shared_ptr<const inspect::PcaBasis> basis;  ///< of PCA colours
    QImage image;                                    ///< one pixel per patch; null when it could not be drawn
    QString problem;                                 ///< then: why
};

/// One map, drawn; beside it the same map of the other picture in the same colours, or a map of another model, which has
/// a feature space, and so colours and a range, of its own.
struct DrawnPair {
    std::shared_ptr<const DrawnMap> own, other;
    bool oneSpace = true;
};

/// A drawing that is wanted.
struct DrawRequest {
    std::shared_ptr<const FeatureSet> set;
    std::shared_ptr<const FeatureSet> other;  ///< null: nothing to compare with
    engine::MapOptions options;
    std::vector<size_t> cells;                ///< indices of the set's activations; PCA bases are fitted to these alone
    /// Of another model: the activation beside each of the set's, and what is selected as that model sees the picture.
    std::map<std::string, std::string> counterparts = {};
    std::vector<std::array<double, 4>> otherSelection = {};

    bool oneSpace() const { return counterparts.empty(); }
};

/// Draws feature maps as engine::drawAtlas does, cell by cell as they are ready, and similarity fast enough to follow the
/// mouse. One thread at a time.
class MapArtist {
    Q_DECLARE_TR_FUNCTIONS(fusionscope::ui::MapArtist)

  public:
    using OnDrawn = std::function<void(size_t cell, const DrawnPair& drawn)>;
    /// @throws Stopped
    void draw(const DrawRequest& request, const engine::Control& control, const OnDrawn& onDrawn);

  private:
    std::shared_ptr<const DrawnMap> similarity(const std::shared_ptr<const inspect::FeatureMap>& map,
                                               const engine::MapOptions& options);
    void drawSimilarity(const DrawRequest& request, const engine::Control& control, const OnDrawn& onDrawn);
    void forgetExcept(const DrawRequest& request);

    struct Prepared {
        std::shared_ptr<const inspect::FeatureMap> map;
        inspect::Origin origin;
        UnitFeatures units;
    };
    std::map<const inspect::FeatureMap*, Prepared> m_prepared;  // what the next similarity needs
};

/// The patches of a map that lie in any of the options' selected boxes.
std::vector<int> selectedPatches(const inspect::FeatureMap& map, const engine::MapOptions& options);

}  // namespace fusionscope::ui
