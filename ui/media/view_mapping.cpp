#include "ui/media/view_mapping.h"

#include <algorithm>
#include <cmath>

namespace fusionscope::ui {

namespace {

/// A view of a few pixels is not all margin.
double marginIn(double view) { return std::min(ViewMapping::margin, view / 4); }

/// An origin that keeps the picture in the view: in the middle when it is smaller, else without a gap but the margin.
double kept(double origin, double extent, double view) {
    const double margin = marginIn(view);
    if (extent + 2 * margin <= view) return (view - extent) / 2;
    return std::clamp(origin, view - extent - margin, margin);
}

}  // namespace

void ViewMapping::setPicture(QSizeF size) {
    m_picture = size.expandedTo({1, 1});
    fit();
}

void ViewMapping::setView(QSizeF size, double ratio) {
    const auto centre = toPicture(viewCentre());
    const double zoomBefore = zoom();
    m_view = size.expandedTo({1, 1});
    m_ratio = ratio;
    if (m_fitted) return fit();
    m_scale = zoomBefore / m_ratio;
    centreOn(centre);
}

void ViewMapping::fit() {
    m_scale = fittingScale();
    m_fitted = true;
    settle();
}

void ViewMapping::zoomTo(double zoom, QPointF at) {
    const auto fixed = toPicture(at);
    const double fitting = fittingScale() * m_ratio;
    m_scale = std::clamp(zoom, std::min(fitting, 1.0), std::max(fitting, largestZoom)) / m_ratio;
    m_origin = at - fixed * m_scale;
    m_fitted = false;
    settle();
}

void ViewMapping::pan(QPointF delta) {
    m_origin += delta;
    settle();
}

void ViewMapping::centreOn(QPointF picture) {
    m_origin = viewCentre() - picture * m_scale;
    settle();
}

QRectF ViewMapping::visiblePart() const {
    return QRectF(toPicture({0, 0}), toPicture({m_view.width(), m_view.height()})).intersected({{0, 0}, m_picture});
}

double ViewMapping::fittingScale() const {
    return std::min((m_view.width() - 2 * marginIn(m_view.width())) / m_picture.width(),
                    (m_view.height() - 2 * marginIn(m_view.height())) / m_picture.height());
}

void ViewMapping::settle() {
    const auto snapped = [this](double value) { return std::round(value * m_ratio) / m_ratio; };
    m_origin = {snapped(kept(m_origin.x(), m_picture.width() * m_scale, m_view.width())),
                snapped(kept(m_origin.y(), m_picture.height() * m_scale, m_view.height()))};
}

}  // namespace fusionscope::ui
