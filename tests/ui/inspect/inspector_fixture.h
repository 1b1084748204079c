#pragma once

#include <QSignalSpy>
#include <QtTest>

#include "ui/common/workspace.h"

namespace fusionscope::tests {

inline QString source(const QString& path) { return QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/") + path; }

/// Loads the bundled model, in one thread. @return whether it is there
inline bool loadBundledModel(ui::Workspace& workspace) {
    engine::LoadOptions options;
    options.precision = engine::Precision::Fp32;
    options.threads = 1;
    QSignalSpy changed(&workspace.model, &ui::CurrentModel::changed);
    workspace.model.load(source("models/nano"), options);
    return changed.wait(60000);
}

/// Opens a picture and selects it. @return its hash; empty when it failed
inline QString openPicture(ui::Workspace& workspace, const QString& path) {
    QSignalSpy opened(&workspace.pictures, &ui::Pictures::opened);
    workspace.pictures.open(QStringList{path});
    if (!opened.wait(20000)) return {};
    const auto hash = opened.first().first().toString();
    workspace.selection.setPicture(hash);
    return hash;
}

}  // namespace fusionscope::tests
