#pragma once

#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <array>
#include <cstdint>
#include <vector>

#include "core/world/backdrops.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// Prepared grain: smooth noise of several sizes as black and white of varying opacity, and white noise as plain levels.
/// Every one tiles. They are laid on pixel by pixel: Qt's stretched brushes do not always give the same bytes.
struct Textures {
    QImage fine, medium, coarse, clouds, ripples, planks, wood;
    std::vector<int8_t> levels;  ///< pictureSize² numbers in [-127, 127]

    static Textures make();
};

/// Fills the whole picture.
void paintBackground(QPainter& painter, const Background& background, const Textures& textures, const Backdrops& backdrops);

}  // namespace fusionscope::world
