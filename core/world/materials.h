#pragma once

#include <QRectF>
#include <filesystem>

#include "core/world/backdrops.h"
#include "core/world/nouns.h"
#include "core/world/scene.h"
#include "core/world/sheets.h"
#include "core/world/sprites.h"
#include "core/world/tables.h"
#include "core/world/typefaces.h"
#include "core/world/words.h"

namespace fusionscope::world {

/// What pictures are made of. Loaded once, shared by all threads.
struct Materials {
    Nouns nouns;
    Sprites sprites;
    Typefaces typefaces;
    Words words;
    Tables tables;
    Sheets sheets;
    Backdrops backdrops;

    /// @param folder resources/world: nouns.txt, words.txt, tables.txt, sprites/, photographs/ and fonts/. Needs a
    /// QGuiApplication. @throws Error
    static Materials load(const std::filesystem::path& folder);
};

/// From an object's own plane (long side one unit, middle at the origin) to the picture.
QTransform placement(const Object& object);
/// What an object covers, computed from its outline. Bars have their box already.
QRectF extent(const Object& object, const Materials& materials);

}  // namespace fusionscope::world
