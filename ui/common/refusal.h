#pragma once

#include <QString>

#include "core/files/error.h"

namespace fusionscope::ui {

/// An Error of the window's own, in the person's language. What core throws is English.
inline Error refusal(const QString& problem, const QString& where, const QString& hint = {}) {
    return Error(problem.toStdString(), where.toStdString(), hint.toStdString());
}

}  // namespace fusionscope::ui
