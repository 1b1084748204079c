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
    connect(this, &TokenCounter::countedInWorker, this,
            [this](quint64 serial, qint64 draft, qint64 left, const QHash<QString, qint64>& pictures) {
        if (serial != m_serial) return;
        emit counted(draft, left);
        emit picturesCounted(pictures);
    }, Qt::QueuedConnection);
}

void TokenCounter::count(const Draft& draft, session::TurnId parent) {
    m_draft = {};
    m_draft.text = draft.text.trimmed();
    for (const auto& picture : draft.pictures) {
        const auto size = picture->handle.size();
        session::AttachedPicture attached;
        attached.hash = QString::fromStdString(picture->handle.hash());
        attached.width = size.width;
        attached.height = size.height;
        attached.origin = picture->origin;
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
            const auto lengthOf = [&](Prompt& counted) {
                const auto messages = messagesOf(counted);
                const auto sizes = sizesIn(counted);
                return messages.empty() ? 0 : model.promptLength(messages, sizes.pictures, sizes.videos);
            };
            const auto before = lengthOf(prompt);
            emit m_dialogue.idsRead(std::make_shared<const AnswerIds>(prompt.ids));
            prompt.turns.push_back(draft);
            const auto whole = lengthOf(prompt);
            QHash<QString, qint64> pictures;
            if (model.summary().takesPictures)
                for (const auto& [hash, size, use] : picturesIn(prompt))
                    pictures.insert(hash, model.visualTokens(model.encodeOptions(), size, use));
            emit countedInWorker(serial, whole - before, model.summary().contextTokens - whole, pictures);
        });
}

}  // namespace fusionscope::ui
