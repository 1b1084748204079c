#pragma once

#include <QImage>
#include <array>

#include "core/world/backgrounds.h"
#include "core/world/materials.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// Paints scenes. Threads may share one painter.
class Painter {
  public:
    /// @param materials must outlive the painter
    explicit Painter(const Materials& materials);

    /// The picture, pictureSize² opaque pixels of QImage::Format_RGB32. The same scene gives the same bytes.
    QImage paint(const Scene& scene) const;
    /// One thing alone on nothing, QImage::Format_ARGB32_Premultiplied.
    QImage paintAlone(const Object& object) const;

  private:
    void paintObject(QPainter& painter, const Object& object, Split split) const;
    void paintPanel(QPainter& painter, const Panel& panel) const;
    void paintLine(QPainter& painter, const TextLine& line) const;

    const Materials& m_materials;
    Textures m_textures;
};

/// Draws axes, bars, slices, lines and cells; the texts of a chart are lines of the scene. Bars are objects.
void paintChart(QPainter& painter, const Chart& chart);
/// Draws a stand, die, clock, digit's tile, sign, flag or card in its own plane (see placement).
void paintSymbol(QPainter& painter, const Object& object);
/// Brightness, contrast, blur, noise, JPEG.
QImage withEffects(QImage picture, const Effects& effects, const Textures& textures);

}  // namespace fusionscope::world
