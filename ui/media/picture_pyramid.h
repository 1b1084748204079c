#pragma once

#include <QImage>
#include <QSize>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/engine/request.h"

namespace fusionscope::ui {

/// A picture and its halves, quarters … ready to be drawn in tiles at any zoom.
///
/// Level 0 is the decoded picture itself, which is never copied as a whole; each further level has half the sides
/// (rounded up), each pixel the mean of four. Transparent pixels are blended over white. Const, so the window may draw
/// while the reader works on the next one.
class PicturePyramid {
  public:
    static constexpr int tileSide = 512;
    static constexpr int thumbnailSide = 256;

    /// Prepares all levels; a second of work for a hundred megapixels. The pixels stay as long as this object.
    /// @throws Stopped; Error when the pixels were let go and their source is gone
    PicturePyramid(const engine::PictureHandle& picture, std::stop_token stop);

    QSize size() const { return sizeOf(0); }
    int levels() const { return static_cast<int>(m_levels.size()) + 1; }
    QSize sizeOf(int level) const;
    /// The coarsest level that still has a pixel for each device pixel. @param zoom device pixels per picture pixel
    int levelFor(double zoom) const;
    /// Format_RGB32; smaller at the right and lower border. The tile must lie in the level.
    QImage tile(int level, int column, int row) const;
    /// The whole picture, at most thumbnailSide long.
    const QImage& thumbnail() const { return m_thumbnail; }
    /// One pixel as it is stored, transparency ignored: what the model is given.
    QRgb stored(int x, int y) const;
  private:
    struct Level {
        QSize size;
        std::vector<uchar> rgb;  // [height, width, 3]
    };
    QImage sourceTile(const QRect& part) const;
    Level halved(int level, const std::stop_token& stop) const;

    std::shared_ptr<const image::Picture> m_picture;
    std::vector<Level> m_levels;  // from level 1 on
    QImage m_thumbnail;
};

}  // namespace fusionscope::ui
