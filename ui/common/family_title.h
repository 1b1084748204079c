#pragma once

#include <QString>

namespace fusionscope::ui {

/// How a model's family is called, for a person: "Florence-VL" for "florence-vl". Unknown names stay as they are.
QString familyTitle(const QString& family);

}  // namespace fusionscope::ui
