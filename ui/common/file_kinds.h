#pragma once

#include <QString>

namespace fusionscope::ui {

/// What a file or folder is opened as, wherever in the window it is given.
enum class FileKind {
    Picture,    ///< also a folder of pictures, a video, and what turns out to be nothing that the program knows
    Model,      ///< a checkpoint's folder or file
    Inspection  ///< a saved one, .fscope
};

/// Looks into folders, so it does not belong into the window's thread.
FileKind kindOf(const QString& path);

}  // namespace fusionscope::ui
