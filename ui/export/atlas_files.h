#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/frame_scores.h"
#include "core/engine/provenance.h"
#include "core/image/processor.h"
#include "ui/plot/theme.h"

namespace fusionscope::exporting {

enum class AtlasFormat { Png, Svg, Pdf, Npz, Safetensors, Csv };
/// "png", "svg", …: also the files' endings.
const char* name(AtlasFormat format);
/// Names joined by commas, "png,npz", and back. @throws Error for an unknown or repeated one
std::string namesOf(const std::vector<AtlasFormat>& formats);
std::vector<AtlasFormat> formatsNamed(const std::string& commaSeparated);

struct AtlasFileOptions {
    std::vector<AtlasFormat> formats = {AtlasFormat::Png, AtlasFormat::Svg, AtlasFormat::Pdf, AtlasFormat::Npz};
    std::string name = "atlas";  ///< of the files, without their endings
    plot::Theme theme = plot::Theme::Light;
    double scale = 2;            ///< pixels of the PNG per screen pixel
};

/// Writes an atlas to a folder, which is made when missing: NAME.png, … in the formats asked for, and NAME.json, which
/// says where it all comes from (engine::sidecar).
///
/// npz and safetensors hold each feature map under its activation's name [rows, columns, channels] and what is drawn of
/// it under "map/" and the name. The CSV has what is drawn alone: a row for each patch of each map.
/// @param seen, scores as for pageOf()
/// @return what was written: kind ("png", …) and file name. @throws Error when a file cannot be written
std::vector<std::pair<std::string, std::string>> writeAtlas(const engine::Atlas& atlas,
                                                            const engine::Provenance& provenance,
                                                            const std::vector<image::ProcessedPicture>& seen,
                                                            const std::filesystem::path& folder,
                                                            const AtlasFileOptions& options = {},
                                                            const engine::FrameScores& scores = {});

}  // namespace fusionscope::exporting
