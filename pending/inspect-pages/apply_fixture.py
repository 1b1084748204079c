p='/work/main/tests/ui/inspect/inspector_fixture.h'
s=open(p).read()
if 'runInWorker' not in s:
    s=s.replace('''#include "ui/common/workspace.h"
''','''#include "core/engine/model.h"
#include "ui/common/workspace.h"
''')
    s=s.replace('''}  // namespace fusionscope::tests''','''/// Runs something with the loaded model in the worker's thread and waits for it. @return whether it came to its end
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

}  // namespace fusionscope::tests''')
    open(p,'w').write(s)
