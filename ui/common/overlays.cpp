#include "ui/common/overlays.h"

#include <algorithm>

namespace fusionscope::ui {

std::optional<MapOverlay> Overlays::map(const QString& picture) const {
    const auto found = m_maps.constFind(picture);
    return found == m_maps.constEnd() ? std::nullopt : std::optional(*found);
}

void Overlays::setMap(const QString& picture, const std::optional<MapOverlay>& overlay) {
    if (overlay)
        m_maps.insert(picture, *overlay);
    else if (m_maps.remove(picture) == 0)
        return;
    emit changed(picture);
}

void Overlays::setRegions(const QString& picture, const std::vector<FoundRegion>& regions) {
    if (!regions.empty())
        m_regions.insert(picture, regions);
    else if (m_regions.remove(picture) == 0)
        return;
    emit changed(picture);
}

void Overlays::setOpacity(double opacity) {
    opacity = std::clamp(opacity, 0.0, 1.0);
    if (opacity == m_opacity) return;
    m_opacity = opacity;
    emit opacityChanged(m_opacity);
}

}  // namespace fusionscope::ui
