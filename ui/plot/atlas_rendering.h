#pragma once

#include <QImage>
#include <QSize>
#include <QString>
#include <memory>

#include "ui/plot/atlas_page.h"
#include "ui/plot/theme.h"

class QPainter;

namespace fusionscope::plot {

struct AtlasLayout;

/// An atlas page with every place decided, ready to be painted anywhere: window, PNG, SVG, PDF.
/// Copies share the page. Needs a QGuiApplication (see OffscreenGui) because text is measured.
class AtlasRendering {
  public:
    /// Width and height in units of which one is a screen pixel at scale 1; multiples of 8.
    QSize size() const;
    const AtlasPage& page() const;
    /// Paints the whole page into (0, 0, size()).
    /// @param rasterScale device pixels per unit: maps and picture are sampled for it, so that patches stay sharp
    void paint(QPainter& painter, double rasterScale) const;

  private:
    friend AtlasRendering renderAtlas(AtlasPage page, Theme theme);
    std::shared_ptr<const AtlasPage> m_page;
    std::shared_ptr<const AtlasLayout> m_layout;
    Theme m_theme = Theme::Light;
};

/// Lays a page out. Long labels are shortened with an ellipsis; the page grows with rows and columns.
/// @throws Error when a cell lies outside rows × columns, two share a place, an image is missing, a range is not finite,
///         there are no cells or more than 64 rows or columns, or the system has no font
AtlasRendering renderAtlas(AtlasPage page, Theme theme);

/// The page as pixels. @throws Error when a side would have more than 16384 pixels or the scale is not above 0
QImage toImage(const AtlasRendering& rendering, double scale);

/// Files appear whole or not at all. PNG: the same page gives the same bytes. PDF: one page, vector text.
/// @throws Error when the file cannot be written
void writePng(const AtlasRendering& rendering, const QString& file, double scale = 2);
void writeSvg(const AtlasRendering& rendering, const QString& file);
void writePdf(const AtlasRendering& rendering, const QString& file);

}  // namespace fusionscope::plot
