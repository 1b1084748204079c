#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/common/selection.h"

namespace fusionscope::ui {

class AtlasState;

/// The atlas: depth from left to right, prompts from top to bottom, below them what is fused and the language model's
/// layers. A click or the arrow keys enlarge a cell, Enter lays it over the picture, Delete takes an own row out.
class AtlasGrid : public QWidget {
    Q_OBJECT

  public:
    explicit AtlasGrid(AtlasState& state, QWidget* parent = nullptr);

    QSize sizeHint() const override { return minimumSizeHint(); }
    QSize minimumSizeHint() const override { return m_size; }
    /// Where a cell is drawn.
    QRectF rectOf(int cell) const;

  signals:
    /// The patch under the mouse, none when it has left.
    void hovered(const std::optional<fusionscope::ui::Place>& place);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    struct Text {
        QRectF rect;
        QString title, detail;
        int cell = -1;  // of a column: one of its cells
        std::string row;
    };

    void arrange();
    /// Places the cells of one part of the model, wrapped where they are too many for the width. @return the lower end
    double arrangePart(const std::string& part, double top);
    void paintCell(QPainter& painter, int cell);
    void paintPatches(QPainter& painter, int cell);
    int cellAt(const QPointF& point) const;
    /// The nearest cell in a direction; −1 when there is none.
    int neighbour(int dx, int dy) const;
    std::string rowAt(const QPointF& point) const;
    void tellAccessibly();

    AtlasState& m_state;
    std::vector<QRectF> m_rects;  // of each cell
    std::vector<Text> m_rows, m_columns;
    double m_cell = 58;           // side of a cell
    QSize m_size;
};

}  // namespace fusionscope::ui
