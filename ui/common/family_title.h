#pragma once

#include <QString>

namespace fusionscope::ui {

/// How a model's family is called, for a person: "Florence-VL" for "florence-vl". Unknown names stay as they are.
QString familyTitle(const QString& family);
/// "Florence-VL nano" for a checkpoint of a family in a folder. @param family as the engine names it, may be empty
QString modelTitle(const QString& family, const QString& path);

}  // namespace fusionscope::ui
