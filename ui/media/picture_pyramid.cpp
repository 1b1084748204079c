#include "ui/media/picture_pyramid.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/image/rounding.h"

namespace fusionscope::ui {

namespace {

/// Below this a level needs no smaller one.
constexpr int smallestLevel = 512;

void blendOverWhite(const uchar* rgb, const uchar* alpha, int pixels, uchar* result) {
    for (int x = 0; x < pixels; ++x)
        for (int channel = 0; channel < 3; ++channel)
            result[3 * x + channel] =
                static_cast<uchar>(image::timesOver255(rgb[3 * x + channel], alpha[x]) + (255 - alpha[x]));
}

/// Means of 2 × 2 pixels; a last odd column is its own neighbour.
/// @param sums room for the two rows' sums, which a compiler can add many at a time
void halveRows(const uchar* upper, const uchar* lower, int width, std::vector<quint16>& sums, uchar* result) {
    sums.resize(size_t(width) * 3);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] = quint16(upper[i] + lower[i]);
    const quint16* sum = sums.data();
    for (int x = 0; x < width / 2; ++x, sum += 6, result += 3) {
        result[0] = uchar((sum[0] + sum[3] + 2) / 4);
        result[1] = uchar((sum[1] + sum[4] + 2) / 4);
        result[2] = uchar((sum[2] + sum[5] + 2) / 4);
    }
    if (width % 2 == 1)
        for (int channel = 0; channel < 3; ++channel) result[channel] = uchar((sum[channel] + 1) / 2);
}

size_t offsetOf(QSize size, int x, int y) { return (size_t(y) * size_t(size.width()) + size_t(x)) * 3; }

}  // namespace

PicturePyramid::PicturePyramid(const engine::PictureHandle& picture, std::stop_token stop)
    : m_picture(picture.picture()) {
    while (std::max(sizeOf(levels() - 1).width(), sizeOf(levels() - 1).height()) > smallestLevel)
        m_levels.push_back(halved(levels() - 1, stop));
    const auto size = sizeOf(levels() - 1);
    const auto whole = m_levels.empty()
                           ? sourceTile({{0, 0}, size})
                           : QImage(m_levels.back().rgb.data(), size.width(), size.height(), 3 * size.width(),
                                    QImage::Format_RGB888).convertToFormat(QImage::Format_RGB32);
    m_thumbnail = std::max(size.width(), size.height()) <= thumbnailSide
                      ? whole
                      : whole.scaled(size.scaled(thumbnailSide, thumbnailSide, Qt::KeepAspectRatio).expandedTo({1, 1}),
                                     Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

QSize PicturePyramid::sizeOf(int level) const {
    if (level > 0) return m_levels[size_t(level) - 1].size;
    const auto size = m_picture->size;
    return {size.width, size.height};
}

int PicturePyramid::levelFor(double zoom) const {
    int level = 0;
    while (level + 1 < levels() && zoom * 2 <= 1) {
        zoom *= 2;
        ++level;
    }
    return level;
}

QImage PicturePyramid::tile(int level, int column, int row) const {
    const auto size = sizeOf(level);
    const auto part = QRect(column * tileSide, row * tileSide, tileSide, tileSide) & QRect({0, 0}, size);
    if (level == 0) return sourceTile(part);
    const auto& rgb = m_levels[size_t(level) - 1].rgb;
    return QImage(rgb.data() + offsetOf(size, part.x(), part.y()), part.width(), part.height(), 3 * size.width(),
                  QImage::Format_RGB888).convertToFormat(QImage::Format_RGB32);
}

QImage PicturePyramid::sourceTile(const QRect& part) const {
    const auto& source = *m_picture;
    const auto size = sizeOf(0);
    const auto* begin = source.rgb.data() + offsetOf(size, part.x(), part.y());
    if (source.alpha.empty())
        return QImage(begin, part.width(), part.height(), 3 * qsizetype(size.width()), QImage::Format_RGB888)
            .convertToFormat(QImage::Format_RGB32);
    QImage blended(part.size(), QImage::Format_RGB888);
    for (int y = 0; y < part.height(); ++y)
        blendOverWhite(begin + offsetOf(size, 0, y), source.alpha.data() + offsetOf(size, part.x(), part.y() + y) / 3,
                       part.width(), blended.scanLine(y));
    return blended.convertToFormat(QImage::Format_RGB32);
}

PicturePyramid::Level PicturePyramid::halved(int level, const std::stop_token& stop) const {
    const auto size = sizeOf(level);
    const auto& source = *m_picture;
    const bool blends = level == 0 && !source.alpha.empty();
    const uchar* rgb = level == 0 ? source.rgb.data() : m_levels[size_t(level) - 1].rgb.data();
    Level result{{(size.width() + 1) / 2, (size.height() + 1) / 2}, {}};
    result.rgb.resize(offsetOf(result.size, 0, result.size.height()));
    std::vector<uchar> rows(blends ? offsetOf(size, 0, 2) : 0);
    std::vector<quint16> sums;
    for (int y = 0; y < result.size.height(); ++y) {
        if (y % 256 == 0 && stop.stop_requested()) throw Stopped();
        const uchar* pair[2];
        for (int i = 0; i < 2; ++i) {
            const int sourceY = std::min(2 * y + i, size.height() - 1);
            pair[i] = rgb + offsetOf(size, 0, sourceY);
            if (!blends) continue;
            uchar* blended = rows.data() + offsetOf(size, 0, i);
            blendOverWhite(pair[i], source.alpha.data() + offsetOf(size, 0, sourceY) / 3, size.width(), blended);
            pair[i] = blended;
        }
        halveRows(pair[0], pair[1], size.width(), sums, result.rgb.data() + offsetOf(result.size, 0, y));
    }
    return result;
}

QRgb PicturePyramid::stored(int x, int y) const {
    const auto* at = m_picture->rgb.data() + offsetOf(size(), x, y);
    return qRgb(at[0], at[1], at[2]);
}

}  // namespace fusionscope::ui
