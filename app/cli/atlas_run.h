#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/model.h"
#include "ui/export/atlas_files.h"

namespace fusionscope::cli {

/// An atlas that is to be made of one picture.
struct AtlasRun {
    std::string picture;                      ///< file
    std::string prompt;                       ///< with one, the language model's layers are among the maps
    std::vector<std::string> rows, columns;   ///< patterns; empty: all
    engine::MapOptions map;                   ///< its selection is filled in from `places`
    /// Selected places, in the original picture's pixels: left, top, right, bottom; a point has no extent.
    std::vector<std::array<double, 4>> places;
    models::EncodeOptions encoding;
    std::vector<std::string> extraPrompts;    ///< "NAME=TEXT", as the person wrote them
    bool pillow13Order = false;
    std::string command;                      ///< that repeats it
    std::filesystem::path out;
    exporting::AtlasFileOptions files;
};

/// Runs the tower (and, with a prompt, the language model), draws the maps and writes the files of exporting::writeAtlas.
std::vector<std::pair<std::string, std::string>> writeAtlas(engine::Model& model, AtlasRun run,
                                                            const engine::Control& control);

}  // namespace fusionscope::cli
