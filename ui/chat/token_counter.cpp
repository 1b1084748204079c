#include "ui/chat/token_counter.h"

#include "core/engine/model.h"

namespace fusionscope::ui {

namespace {

constexpr int delay = 250;  // milliseconds after the last key

}  // namespace

TokenCounter::TokenCounter(Workspace& workspace, Dialogue& dialogue, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_dialogue(dialogue) {
    m_delay.setSingleShot(true);
    m_delay.setInterval(delay);
    connect(&m_delay, &QTimer::timeout, this, &TokenCounter::submit);
    connect(this, &TokenCounter::countedInWorker, this, [this](quint64 serial, qint64 draft, qint64 left) {
        if (serial == m_serial) emit counted(draft, left);
    }, Qt::QueuedConnection);
}

void TokenCounter::count(const QString& text, const std::vector<image::Size>& pictures, session::TurnId parent) {
    m_draft = {};
    m_draft.text = text.trimmed();
    for (const auto& size : pictures) {
        session::AttachedPicture attached;
        attached.width = size.width;
        attached.height = size.height;
        m_draft.pictures.push_back(std::move(attached));
    }
    m_draft.parent = parent;
    ++m_serial;
    m_delay.start();
}

void TokenCounter::submit() {
    const auto facts = m_workspace.model.facts();
    if (!facts || !facts->summary.chats) return;
    if (m_job != 0) m_workspace.worker.stop(m_job);
    m_job = m_workspace.worker.submit(
        tr("Counting tokens"), [this, serial = m_serial, draft = m_draft,
                                prompt = m_dialogue.promptTo(m_draft.parent)](WorkerContext& context) mutable {
            auto& model = context.loaded();
            auto messages = messagesOf(prompt);
            emit m_dialogue.idsRead(std::make_shared<const AnswerIds>(prompt.ids));
            auto pictures = pictureSizesOf(prompt);
            const auto before = messages.empty() ? 0 : model.promptLength(messages, pictures);
            Prompt added;
            added.turns = {draft};
            for (auto& message : messagesOf(added)) messages.push_back(std::move(message));
            for (const auto& picture : pictureSizesOf(added)) pictures.push_back(picture);
            const auto whole = model.promptLength(messages, pictures);
            emit countedInWorker(serial, whole - before, model.summary().contextTokens - whole);
        });
}

}  // namespace fusionscope::ui
