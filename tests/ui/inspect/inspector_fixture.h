#pragma once

#include <QSignalSpy>
#include <QtTest>

#include "core/engine/model.h"
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

/// Runs something with the loaded model in the worker's thread and waits for it. @return whether it came to its end
inline bool runInWorker(ui::Workspace& workspace, const std::function<void(engine::Model&)>& work) {
    QObject here;
    ui::JobId job = 0;
    bool isDone = false, went = false;
    QObject::connect(&workspace.worker, &ui::Worker::ended, &here, [&](ui::JobId ended, ui::JobEnd end) {
        if (ended != job) return;
        isDone = true;
        went = end == ui::JobEnd::Done;
    }, Qt::QueuedConnection);
    job = workspace.worker.submit("test", [&](ui::WorkerContext& context) { work(context.loaded()); });
    return QTest::qWaitFor([&] { return isDone; }, 120000) && went;
}

/// Has a question about the selected picture answered and makes it the current answer.
inline bool ask(ui::Workspace& workspace, const std::string& question) {
    auto exchange = std::make_shared<ui::Exchange>();
    exchange->turn = workspace.answer.exchange() ? workspace.answer.exchange()->turn + 1 : 1;
    auto& request = exchange->request;
    request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(question)}}};
    request.pictures = {workspace.pictures.find(workspace.selection.picture())->handle};
    request.generation = workspace.model.facts()->generation;
    request.generation.maxNewTokens = 24;
    request.encoding = workspace.model.facts()->encoding;
    if (!runInWorker(workspace, [&](engine::Model& model) { exchange->answer = model.chat(request); })) return false;
    workspace.answer.set(exchange);
    return true;
}

}  // namespace fusionscope::tests
