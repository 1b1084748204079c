#include "ui/common/family_title.h"

#include <QFileInfo>
#include <QHash>

namespace fusionscope::ui {

QString familyTitle(const QString& family) {
    static const QHash<QString, QString> titles = {{"florence-vl", "Florence-VL"},
                                                   {"florence-2", "Florence-2"},
                                                   {"idefics3", "Idefics3"},
                                                   {"llava-onevision", "LLaVA-OneVision"},
                                                   {"llama", "Llama"},
                                                   {"phi-3", "Phi-3"},
                                                   {"qwen2", "Qwen2"}};
    return titles.value(family, family);
}

QString modelTitle(const QString& family, const QString& path) {
    const auto folder = QFileInfo(path).fileName();
    const auto title = familyTitle(family);
    const auto plain = [](QString text) { return text.toLower().remove('-').remove('_').remove(' ').remove('.'); };
    return title.isEmpty() || plain(folder).contains(plain(title)) ? folder : title + ' ' + folder;
}

}  // namespace fusionscope::ui
