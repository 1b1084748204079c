#include "ui/common/file_kinds.h"

#include <QDir>
#include <QFileInfo>

namespace fusionscope::ui {

FileKind kindOf(const QString& path) {
    const QFileInfo file(path);
    const auto ending = file.suffix().toLower();
    if (file.isDir()) {
        const QDir folder(path);
        const QStringList weights{"*.safetensors", "*.gguf", "pytorch_model*.bin"};
        const bool isModel = folder.exists("config.json") || !folder.entryList(weights, QDir::Files).isEmpty();
        return isModel ? FileKind::Model : FileKind::Picture;
    }
    if (ending == "fscope") return FileKind::Inspection;
    return ending == "gguf" || ending == "safetensors" ? FileKind::Model : FileKind::Picture;
}

}  // namespace fusionscope::ui
