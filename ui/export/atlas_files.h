#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/provenance.h"
#include "core/image/processor.h"
#include "ui/plot/theme.h"

namespace fusionscope::exporting {

struct AtlasFileOptions {
    std::string name = "atlas";  ///< of the files, without their endings
    plot::Theme theme = plot::Theme::Light;
    double scale = 2;            ///< pixels of the PNG per screen pixel
};

/// Writes an atlas to a folder, which is made when missing: NAME.png, NAME.svg, NAME.pdf, NAME.npz and NAME.json.
///
/// The npz holds each feature map under its activation's name [rows, columns, channels] and what is drawn of it under
/// "map/" and the name. The JSON says where it all comes from (engine::sidecar).
/// @return what was written: kind ("png", …) and file name. @throws Error when a file cannot be written
std::vector<std::pair<std::string, std::string>> writeAtlas(const engine::Atlas& atlas,
                                                            const engine::Provenance& provenance,
                                                            const image::ProcessedPicture& seen,
                                                            const std::filesystem::path& folder,
                                                            const AtlasFileOptions& options = {});

}  // namespace fusionscope::exporting
