#pragma once

#include <QImage>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/inspect/feature_map.h"
#include "ui/common/selection.h"
#include "ui/common/video_frames.h"

namespace fusionscope::ui {

/// Frames of a video from left to right, below each what is drawn of one map, all in the same colours. A click selects
/// the frame, in the map its patch as well; the arrow keys go from frame to frame.
class FrameStrip : public QWidget {
    Q_OBJECT

  public:
    struct Column {
        VideoFrame frame;
        QImage thumbnail;
        QImage map;          ///< one pixel per patch; null until it was drawn
        double aspect = 1;   ///< width by height of the picture
    };

    explicit FrameStrip(QWidget* parent = nullptr);

    void setColumns(const std::vector<Column>& columns);
    const std::vector<Column>& columns() const { return m_columns; }
    /// @param picture hash of the frame that is looked at
    void setCurrent(const QString& picture);
    /// The patch that all frames are compared with.
    void setAnchor(const QString& picture, const std::optional<Place>& place);
    /// Where a frame's map is drawn.
    QRectF mapRect(int column) const;
    QRectF thumbnailRect(int column) const;

    QSize sizeHint() const override { return minimumSizeHint(); }
    QSize minimumSizeHint() const override;

  signals:
    void frameChosen(const QString& picture);
    void patchChosen(const QString& picture, const fusionscope::ui::Place& place);
    void currentMoved(const QRect& place);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    int current() const;
    int columnAt(double x) const;
    QSizeF cellSize(int column) const;

    std::vector<Column> m_columns;
    QString m_current, m_anchorPicture;
    std::optional<Place> m_anchor;
};

}  // namespace fusionscope::ui
