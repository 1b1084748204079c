#pragma once

#include <QString>

namespace fusionscope::ui {

/// The engine's English words for what it is doing, "Encoding picture 2 of 3", in the person's language.
QString progressText(const QString& task);

}  // namespace fusionscope::ui
