#include <QBuffer>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/world/painter.h"
#include "core/world/random.h"

namespace fusionscope::world {

namespace {

constexpr int side = pictureSize;

using Levels = std::array<uint8_t, 256>;

void applyLevels(QImage& picture, const Levels& levels) {
    for (int y = 0; y < side; ++y) {
        auto* row = picture.scanLine(y);
        for (int x = 0; x < 4 * side; ++x) row[x] = levels[row[x]];
    }
}

/// A 3 x 3 filter whose neighbours weigh `radius` in place of one: from sharp to a box of three pixels, horizontally and
/// vertically in turn.
void blur(QImage& picture, double radius) {
    const int around = static_cast<int>(std::min(1.0, radius) * 85), middle = 256 - 2 * around;
    std::array<uint8_t, 4 * side> before{}, row{};
    const auto mix = [&](int previous, int here, int next) {
        return static_cast<uint8_t>((around * previous + middle * here + around * next) >> 8);
    };
    for (int y = 0; y < side; ++y) {
        auto* line = picture.scanLine(y);
        std::copy_n(line, 4 * side, row.begin());
        for (int i = 4; i < 4 * side - 4; ++i)
            line[i] = mix(row[static_cast<std::size_t>(i - 4)], row[static_cast<std::size_t>(i)], row[static_cast<std::size_t>(i + 4)]);
    }
    std::copy_n(picture.constScanLine(0), 4 * side, before.begin());
    for (int y = 1; y + 1 < side; ++y) {
        auto* line = picture.scanLine(y);
        const auto* below = picture.constScanLine(y + 1);
        std::copy_n(line, 4 * side, row.begin());
        for (std::size_t i = 0; i < row.size(); ++i) line[i] = mix(before[i], row[i], below[i]);
        before = row;
    }
}

void addNoise(QImage& picture, double amplitude, uint64_t seed, const Textures& textures) {
    // A random start in the prepared noise; the three channels read it at different places.
    const uint64_t start = mixed(seed, 0);
    const int strength = static_cast<int>(amplitude * 256 / 127);
    constexpr std::size_t mask = std::size_t{side} * side - 1;
    for (int y = 0; y < side; ++y) {
        auto* row = picture.scanLine(y);
        for (int x = 0; x < side; ++x)
            for (int channel = 0; channel < 3; ++channel) {
                const auto at = (start + static_cast<std::size_t>(y * side + x) + static_cast<std::size_t>(channel) * 21911) & mask;
                row[4 * x + channel] = static_cast<uint8_t>(std::clamp(row[4 * x + channel] + ((textures.levels[at] * strength) >> 8), 0, 255));
            }
    }
}

QImage throughJpeg(const QImage& picture, int quality) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    picture.save(&buffer, "JPEG", quality);
    const QImage read = QImage::fromData(bytes, "JPEG");
    return read.isNull() ? picture : read.convertToFormat(QImage::Format_RGB32);
}

}  // namespace

QImage withEffects(QImage picture, const Effects& effects, const Textures& textures) {
    if (effects.blur > 0) blur(picture, effects.blur);
    if (effects.brightness != 0 || effects.contrast != 1) {
        Levels levels;
        for (int i = 0; i < 256; ++i)
            levels[static_cast<std::size_t>(i)] =
                static_cast<uint8_t>(std::clamp((i - 128) * effects.contrast + 128 + effects.brightness, 0.0, 255.0));
        applyLevels(picture, levels);
    }
    if (effects.noise > 0) addNoise(picture, effects.noise, effects.seed, textures);
    if (effects.jpegQuality > 0) return throughJpeg(picture, effects.jpegQuality);
    return picture;
}

}  // namespace fusionscope::world
