#include "ui/common/family_title.h"

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

}  // namespace fusionscope::ui
