#pragma once

#include <QImage>
#include <QWidget>
#include <optional>

#include "ui/common/selection.h"
#include "ui/inspect/atlas_state.h"

namespace fusionscope::ui {

/// The enlarged map with its colour key, in the picture's proportions; beside it the same map of the compared picture, or
/// the second model's map of this one with a key of its own. A click or the arrow keys select a patch, Ctrl adds one, Escape lets go of them; the wheel zooms both, a drag moves them, 0 shows the whole.
class LargeMap : public QWidget {
    Q_OBJECT

  public:
    explicit LargeMap(AtlasState& state, QWidget* parent = nullptr);

    QSize sizeHint() const override { return {360, 300}; }
    QSize minimumSizeHint() const override { return {240, 200}; }
    /// Where the map is drawn; where the compared one is, empty without one.
    QRectF mapRect() const;
    QRectF otherRect() const;
    /// Outlines a patch, of which the mouse is on elsewhere.
    void setHovered(const std::optional<Place>& place);

  signals:
    void hovered(const std::optional<fusionscope::ui::Place>& place);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    struct Rects {
        QRectF own, other;
        double scale = 1;  ///< of this widget per pixel of the picture
    };
    Rects rects() const;
    bool keysDiffer() const;
    void paintMap(QPainter& painter, const QRectF& rect, const DrawnMap& map, bool isOther);
    void paintTiles(QPainter& painter, const QRectF& rect);
    void paintKey(QPainter& painter, const QRectF& beside, const DrawnMap& map);
    void paintColourBar(QPainter& painter, const QRectF& key, const DrawnMap& map);
    void paintPlace(QPainter& painter, const QRectF& rect, const QRectF& view, const QImage& image, const Place& place,
                    const QColor& colour);
    std::optional<Place> placeAt(const QPointF& point) const;
    /// The part of a map that is seen, 0 to 1; of a second model's it may reach beyond.
    QRectF viewOf(bool isOther) const { return isOther ? m_state.toOther(m_view) : m_view; }
    void select(const Place& place, bool add);
    void moveSelection(int dx, int dy);
    void zoom(double factor, const QPointF& about);
    void setView(const QRectF& view);

    AtlasState& m_state;
    std::optional<Place> m_hovered;
    QRectF m_view{0, 0, 1, 1};  // the part of the maps that is seen, 0 to 1
    QPointF m_pressedAt, m_viewAt;
    bool m_dragging = false;
};

}  // namespace fusionscope::ui
