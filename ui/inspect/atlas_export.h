#pragma once

#include <QString>
#include <memory>
#include <string>
#include <vector>

#include "ui/export/command_line.h"
#include "ui/inspect/feature_store.h"

namespace fusionscope::ui {

/// What of an atlas is exported, and where to.
struct AtlasExport {
    std::shared_ptr<const FeatureSet> set;
    std::vector<std::string> rows, columns;  ///< patterns; empty: all
    engine::MapOptions options;              ///< its selection is filled in from `places`
    std::vector<exporting::PixelPlace> places;
    QString basisFile;                       ///< of a saved basis
    QString folder;
    exporting::AtlasFileOptions files;
};

/// The command line of the terminal program that writes the same files.
std::string commandLineOf(const AtlasExport& wanted);

/// Writes the files of exporting::writeAtlas, the same bytes as that command line does. Takes long: for a worker.
/// @return the files' paths. @throws Error, Stopped
QStringList writeAtlas(AtlasExport wanted, const engine::Control& control);

}  // namespace fusionscope::ui
