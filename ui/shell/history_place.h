#pragma once

#include <QString>
#include <QTemporaryDir>
#include <memory>

#include "core/session/store.h"

namespace fusionscope::ui {

/// The history, wherever it could be opened.
struct OpenHistory {
    std::unique_ptr<QTemporaryDir> temporary;  ///< where it is when its own place could not be opened
    std::unique_ptr<session::Store> store;
    QString problem;  ///< why this session's conversations will not be kept; empty when they will
};

/// Opens the history in a folder. When that fails, one in a temporary folder takes its place, so that the program works
/// on a read-only or full disk. @throws Error when that is impossible too
OpenHistory openHistory(const QString& folder);

}  // namespace fusionscope::ui
