#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QTransform>

namespace fusionscope::ui {

/// Where a picture lies in a view: view = picture · scale + origin, in the view's units.
///
/// The picture's corner always lies on a whole device pixel, so that at 1:1 every picture pixel is exactly one of the
/// screen's. The picture can never leave the view.
class ViewMapping {
  public:
    static constexpr double largestZoom = 64;  ///< device pixels per picture pixel
    static constexpr double margin = 8;        ///< kept free around a fitted picture, in view units

    /// A new picture, fitted.
    void setPicture(QSizeF size);
    /// Keeps a fitted picture fitted, and otherwise what is in the middle in the middle.
    /// @param ratio device pixels per view unit
    void setView(QSizeF size, double ratio);

    /// Shows all of the picture, as large as the view allows.
    void fit();
    /// @param zoom device pixels per picture pixel, moved into the limits; @param at the place in the view that stays
    void zoomTo(double zoom, QPointF at);
    void pan(QPointF delta);
    /// Puts a place of the picture into the view's middle.
    void centreOn(QPointF picture);

    bool isFitted() const { return m_fitted; }
    double zoom() const { return m_scale * m_ratio; }
    double ratio() const { return m_ratio; }
    QSizeF pictureSize() const { return m_picture; }
    QPointF toView(QPointF picture) const { return picture * m_scale + m_origin; }
    QPointF toPicture(QPointF view) const { return (view - m_origin) / m_scale; }
    QTransform transform() const { return {m_scale, 0, 0, m_scale, m_origin.x(), m_origin.y()}; }
    /// The whole picture in the view, and the part of it that the view shows.
    QRectF pictureRect() const { return {m_origin, m_picture * m_scale}; }
    QRectF visiblePart() const;
    QPointF viewCentre() const { return {m_view.width() / 2, m_view.height() / 2}; }

  private:
    double fittingScale() const;
    void settle();

    QSizeF m_picture{1, 1}, m_view{1, 1};
    double m_ratio = 1, m_scale = 1;
    QPointF m_origin;
    bool m_fitted = true;
};

}  // namespace fusionscope::ui
