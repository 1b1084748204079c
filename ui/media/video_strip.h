#pragma once

#include <QImage>
#include <QMap>
#include <QSet>
#include <QWidget>
#include <vector>

namespace fusionscope::ui {

/// Thumbnails of a video along time, with the place that is shown and the marked frames. A press or drag seeks.
class VideoStrip : public QWidget {
    Q_OBJECT

  public:
    explicit VideoStrip(QWidget* parent = nullptr);

    /// Forgets thumbnails and marks. @param count frames of the video
    void begin(qint64 count);
    void addThumbnail(qint64 index, const QImage& thumbnail);
    void setMarks(const QSet<qint64>& marks);
    void setPosition(qint64 index);
    /// How much the picture changes from each frame to the next, 0 to 1, with the change that begins a scene; empty: none.
    void setChanges(const std::vector<double>& changes, double threshold);
    const std::vector<double>& changes() const { return m_changes; }

    QSize sizeHint() const override { return {320, 48}; }
    QSize minimumSizeHint() const override { return {120, 48}; }

  signals:
    void sought(qint64 index);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

  private:
    double xOf(qint64 index) const;
    void paintChanges(QPainter& painter) const;

    qint64 m_count = 1, m_position = 0;
    QMap<qint64, QImage> m_thumbnails;
    QSet<qint64> m_marks;
    std::vector<double> m_changes;
    double m_threshold = 0;
};

}  // namespace fusionscope::ui
