#pragma once

#include <QString>
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/atlas.h"
#include "ui/common/picture_file.h"
#include "ui/common/selection.h"

namespace fusionscope::ui {

/// An atlas as it was looked at, with all it takes to see the same numbers again. The model is named, not kept.
struct SavedInspection {
    struct Picture {
        PictureFile file;
        QString name;
    };
    std::string modelFolder;
    std::string modelHash;               ///< engine::checkpointHash()
    std::string precision;
    std::vector<Picture> pictures;       ///< the one looked at; then the one it was compared with, if there was one
    engine::MapOptions options;
    std::vector<std::string> extraPrompts;
    std::string prompt;                  ///< the question that the language model's layers read; empty without them
    std::vector<Place> places;
    QString map;                         ///< the enlarged activation
};

/// A .fscope file: a zip (stored, not compressed) of inspection.json and the pictures' files.
/// @throws Error when the file cannot be written
void writeInspection(const std::filesystem::path& file, const SavedInspection& inspection);
/// @throws Error saying what is wrong with the file
SavedInspection readInspection(const std::filesystem::path& file);

}  // namespace fusionscope::ui
