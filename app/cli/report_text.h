#pragma once

#include <string>

#include "core/engine/folder_report.h"

namespace fusionscope::cli {

/// A folder report for a person, a few lines.
std::string reportText(const engine::FolderReport& report);

/// Why a folder cannot be loaded, as one sentence. @param report that is not loadable
std::string refusalOf(const engine::FolderReport& report);

}  // namespace fusionscope::cli
