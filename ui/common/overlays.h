#pragma once

#include <QHash>
#include <QImage>
#include <QObject>
#include <QPolygonF>
#include <QRectF>
#include <QString>
#include <optional>
#include <vector>

#include "core/image/transform.h"

namespace fusionscope::ui {

/// A map blended over a picture.
struct MapOverlay {
    QString name;    ///< the activation's, for the caption
    QImage image;    ///< one pixel per patch of the view that the model sees; enlarged without smoothing
    image::PictureTransform transform;  ///< from that view to the picture
    std::vector<float> values;  ///< the number behind each pixel, by row; empty when colours say more than one number
    std::vector<QRectF> tiles;  ///< that the map is joined of, in the picture's pixels; padding reaches beyond the picture
};

/// One thing found in a picture.
struct FoundRegion {
    QString label;
    QPolygonF outline;    ///< in the picture's pixels; a box is its four corners
    bool isText = false;  ///< a line of text: the label is what it says
};

/// What is drawn over pictures beside selection and patch grid. Set by the inspector (maps) and the chat (results of
/// Florence tasks), drawn by the media view.
class Overlays : public QObject {
    Q_OBJECT

  public:
    explicit Overlays(QObject* parent = nullptr) : QObject(parent) {}

    std::optional<MapOverlay> map(const QString& picture) const;
    void setMap(const QString& picture, const std::optional<MapOverlay>& overlay);
    std::vector<FoundRegion> regions(const QString& picture) const { return m_regions.value(picture); }
    void setRegions(const QString& picture, const std::vector<FoundRegion>& regions);
    /// Of every map, 0 to 1.
    double opacity() const { return m_opacity; }
    void setOpacity(double opacity);

  signals:
    void changed(const QString& picture);
    void opacityChanged(double opacity);

  private:
    QHash<QString, MapOverlay> m_maps;
    QHash<QString, std::vector<FoundRegion>> m_regions;
    double m_opacity = 0.5;
};

}  // namespace fusionscope::ui
