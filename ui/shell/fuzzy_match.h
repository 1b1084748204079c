#pragma once

#include <QString>

namespace fusionscope::ui {

/// How well typed letters fit a name: all must stand in it in their order, whatever their case; letters side by side and
/// at the beginnings of words count more. Negative when they do not fit; 0 for nothing typed.
int fuzzyScore(const QString& typed, const QString& name);

}  // namespace fusionscope::ui
