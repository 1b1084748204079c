#pragma once

#include <QCache>
#include <QImage>
#include <QWidget>
#include <memory>
#include <optional>
#include <set>

#include "ui/media/patch_grid.h"
#include "ui/media/region_tool.h"
#include "ui/media/view_mapping.h"

namespace fusionscope::ui {

class PicturePyramid;
struct Workspace;

/// One picture, as large as the person likes, with everything that belongs on it: map, patch grid, selected patches,
/// regions found and marked. Drawn in tiles, so that its size does not matter.
///
/// Wheel zooms at the cursor, dragging pans, a click selects the patch, Shift adds to the selection; arrow keys pan, with
/// Ctrl they move the selected patch. All marks are kept in the picture's own pixels, also while it is shown as the model
/// sees it.
class PictureView : public QWidget {
    Q_OBJECT

  public:
    explicit PictureView(Workspace& workspace, QWidget* parent = nullptr);
    ~PictureView() override;

    /// Shows another picture, fitted; one of the same hash and size (the next frame) keeps its place.
    /// @param hash of the picture that marks belong to; empty for none
    /// @param shown what is drawn; null for nothing
    /// @param shownToPicture from what is drawn to the picture's pixels; none when marks have no place in it (tiles)
    void setShown(const QString& hash, const std::shared_ptr<const PicturePyramid>& shown,
                  const std::optional<image::PictureTransform>& shownToPicture);
    /// The patches that are drawn and selected; none while it is not known what a model sees.
    void setGrid(const std::optional<PatchGrid>& grid);

    Tool tool() const { return m_tool.tool(); }
    void setTool(Tool tool);
    void fit();
    /// @param zoom device pixels per pixel of what is shown
    void zoomTo(double zoom);
    void zoomBy(double factor) { zoomTo(m_mapping.zoom() * factor); }
    const ViewMapping& mapping() const { return m_mapping; }
    /// From the picture's pixels to this widget; none when marks are not drawn.
    std::optional<QTransform> pictureToView() const;
    /// Makes the selected patches a region.
    void markSelectedPatches();
    /// The chosen region, else the last one; does nothing without any.
    void removeRegion();

    QSize sizeHint() const override { return {640, 480}; }

  signals:
    void toolChanged(fusionscope::ui::Tool tool);
    /// @param zoom device pixels per pixel of what is shown; 0 when nothing is
    void zoomChanged(double zoom);
    /// What is under the mouse, in words; empty when nothing is.
    void readingChanged(const QString& reading);

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

  private:
    enum class Drag { None, Pan, Cells, Region, Minimap };

    void drawTiles(QPainter& painter);
    void drawMarks(QPainter& painter);
    const QImage& tile(int level, int column, int row);
    std::optional<QRectF> minimap() const;
    std::optional<QPointF> pictureAt(QPointF view) const;
    std::optional<Cell> cellAt(QPointF view) const;
    QString readingAt(QPointF view) const;
    void hover(const std::optional<QPointF>& at);
    std::set<Cell> selectedCells() const;
    void selectCells(const std::set<Cell>& cells);
    void click(QPointF at, bool extends);
    void extendTo(QPointF at);
    void moveSelection(int rows, int columns, bool extends);
    int regionAt(QPointF view) const;
    void add(const std::optional<Region>& region);
    void moveMinimapTo(QPointF at);
    void afterMove();
    void showCursor();

    Workspace& m_workspace;
    QString m_hash;
    std::shared_ptr<const PicturePyramid> m_shown;
    std::optional<QTransform> m_pictureToShown;
    std::optional<PatchGrid> m_grid;
    std::optional<Cell> m_hovered;
    ViewMapping m_mapping;
    RegionTool m_tool;
    QCache<quint64, QImage> m_tiles;  // costs in KiB
    int m_chosenRegion = -1;

    Drag m_drag = Drag::None;
    QPointF m_pressed, m_last;      // of the mouse, in the view
    std::set<Cell> m_cellsBefore;   // selected when an extending drag began
    bool m_moved = false;           // since the press, farther than a click may
    bool m_spaceHeld = false, m_showsFocus = false;
};

}  // namespace fusionscope::ui
