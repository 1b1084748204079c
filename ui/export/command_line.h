#pragma once

#include <string>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/load_options.h"
#include "core/engine/request.h"
#include "ui/export/atlas_files.h"
#include "ui/export/places.h"

namespace fusionscope::exporting {

/// "fusionscope-cli" with its arguments as a shell takes them: what is not plain is quoted.
std::string commandLine(const std::vector<std::string>& arguments);

/// An atlas as the terminal's `maps` is told to make it.
struct MapsCommand {
    std::string picture;   ///< file
    std::string model;     ///< folder
    engine::LoadOptions load;
    std::vector<std::string> extraPrompts;  ///< "NAME=TEXT"
    std::string prompt;
    std::vector<std::string> rows, columns;  ///< empty: all
    engine::MapOptions map;                  ///< its selection is written from `places`
    std::vector<PixelPlace> places;
    std::string savedBasis;                  ///< file of the saved basis, when there is one
    std::string folder;
    AtlasFileOptions files;
};
/// The command line that makes the same files.
std::string commandLine(const MapsCommand& command);

/// --model and what else a load differs from the defaults in, as all commands that load a model take it.
std::vector<std::string> modelArguments(const std::string& folder, const engine::LoadOptions& load);
/// --greedy or --temperature, … and --max-new-tokens: how an answer's tokens were chosen.
std::vector<std::string> generationArguments(const engine::GenerationOptions& generation);

}  // namespace fusionscope::exporting
