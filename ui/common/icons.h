#pragma once

#include <QIcon>
#include <QString>

namespace fusionscope::ui {

/// An icon of the program's own set (resources/icons, Lucide), drawn in the palette's text colour and so right in light
/// and dark, at any scale. @param name the file without ".svg"; an unknown name gives an empty icon
QIcon icon(const QString& name);

}  // namespace fusionscope::ui
