#include "ui/chat/dialogue.h"

#include "core/engine/model.h"
#include "core/files/error.h"
#include "ui/chat/answer_record.h"
#include "ui/chat/task_record.h"

namespace fusionscope::ui {

using session::ConversationId;
using session::Role;
using session::TurnId;

namespace {

constexpr int alternatives = 5;
constexpr qsizetype longestTitle = 60;
constexpr int refusalPause = 3000;  // milliseconds

QString titleOf(const QString& text) {
    const auto line = text.simplified();
    return line.size() <= longestTitle ? line : line.left(longestTitle - 1) + u'…';
}

session::AttachedPicture attached(const OpenPicture& picture) {
    const auto& size = picture.handle.picture().size;
    return {QString::fromStdString(picture.handle.hash()), picture.name, size.width, size.height, picture.file.size(),
            picture.origin};
}

session::TurnContent contentOf(const Draft& draft) {
    session::TurnContent content;
    content.text = draft.text.trimmed();
    for (const auto& picture : draft.pictures) content.pictures.push_back(attached(*picture));
    return content;
}

}  // namespace

Dialogue::Dialogue(Workspace& workspace, session::Store& store, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_store(store), m_transcript(store) {
    for (auto* worker : {&workspace.worker, &workspace.reader})
        connect(worker, &Worker::ended, this, [this, worker](JobId job, JobEnd end, const QString& message) {
            if (worker == &m_workspace.worker) return ended(job, end, message);
            const auto [then, again] = m_keeping.take(job);
            if (end == JobEnd::Done && then) then();
            if (end == JobEnd::Failed && again) emit refused(message, again);
        }, Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::progressed, this, &Dialogue::showProgress, Qt::QueuedConnection);
    connect(this, &Dialogue::textArrived, this, &Dialogue::write, Qt::QueuedConnection);
    connect(this, &Dialogue::answered, this, &Dialogue::finish, Qt::QueuedConnection);
    connect(this, &Dialogue::taskAnswered, this, &Dialogue::finishTask, Qt::QueuedConnection);
    connect(this, &Dialogue::idsRead, this, [this](const std::shared_ptr<const AnswerIds>& ids) { m_ids.insert(*ids); },
            Qt::QueuedConnection);
    connect(
        this, &Dialogue::exchangeRead, this,
        [this](quint64 serial, const std::shared_ptr<const Exchange>& exchange) {
            if (serial == m_exchangeSerial && m_transcript.rowOf(exchange->turn) >= 0) m_workspace.answer.set(exchange);
        },
        Qt::QueuedConnection);
}

Dialogue::~Dialogue() = default;

void Dialogue::open(ConversationId conversation) {
    m_transcript.show(m_store.load(conversation));
    ++m_view;
    m_system.clear();
    TurnId lastAnswer = 0;
    for (const auto* turn : m_transcript.conversation().activePath()) {
        if (turn->role == Role::System) m_system = turn->text;
        if (turn->role == Role::Assistant) lastAnswer = turn->id;
    }
    m_workspace.selection.setWord({});
    m_workspace.answer.set(nullptr);
    if (lastAnswer != 0) makeCurrent(lastAnswer);
    follow();
}

void Dialogue::startNew() {
    m_transcript.show({});
    ++m_view;
    m_system.clear();
    ++m_exchangeSerial;
    m_workspace.selection.setWord({});
    m_workspace.answer.set(nullptr);
    follow();
}

void Dialogue::attempt(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        emit refused(QString::fromUtf8(error.what()), [this, action] { attempt(action); });
    }
}

void Dialogue::keep(const std::vector<std::shared_ptr<const OpenPicture>>& pictures,
                    const std::function<void()>& then) {
    if (pictures.empty()) return then();
    const auto job =
        m_workspace.reader.submit(tr("Keeping the pictures"), [pictures, folder = m_store.folder()](WorkerContext&) {
            session::MediaStore media(folder / "media");
            for (const auto& picture : pictures) media.add(picture->file);
        });
    m_keeping.insert(job, {then, [this, pictures, then] { keep(pictures, then); }});
}

std::shared_ptr<Dialogue::Sending> Dialogue::sendingAfter(TurnId parent, const QString& title) const {
    auto sending = std::make_shared<Sending>();
    sending->conversation = id();
    sending->parent = parent;
    sending->title = titleOf(title);
    sending->view = m_view;
    QString system;
    for (const auto* turn : m_transcript.conversation().pathTo(parent))
        if (turn->role == Role::System) system = turn->text;
    if (system.trimmed() != m_system.trimmed()) {
        session::TurnContent content;
        content.role = Role::System;
        content.text = m_system.trimmed();
        sending->turns.push_back(content);
    }
    return sending;
}

void Dialogue::send(const Draft& draft, TurnId parent) {
    if (draft.isEmpty() || isAnswering() || !m_keeping.isEmpty()) return;
    const auto sending =
        sendingAfter(parent, draft.text.trimmed().isEmpty() ? draft.pictures.front()->name : draft.text);
    sending->turns.push_back(contentOf(draft));
    keep(draft.pictures, [this, sending] {
        attempt([this, sending] {
            commit(sending);
            const auto question = sending->stored.back().id;
            if (sending->view == m_view) emit sent();
            answer(sending->conversation, question);
        });
    });
}

void Dialogue::commit(const std::shared_ptr<Sending>& sending) {
    const bool isNew = sending->conversation == 0;
    if (isNew) sending->conversation = m_store.create(sending->title).id;
    while (!sending->turns.empty()) {
        auto turn = m_store.append(sending->conversation, sending->parent, sending->turns.front());
        sending->turns.erase(sending->turns.begin());
        sending->parent = turn.id;
        sending->stored.push_back(std::move(turn));
    }
    if (sending->view == m_view) {
        if (id() == 0) {
            session::Conversation begun;
            begun.info = m_store.info(sending->conversation);
            m_transcript.show(std::move(begun));
        }
        for (const auto& turn : sending->stored)
            if (!m_transcript.conversation().find(turn.id)) m_transcript.add(turn);
    }
    emit changed(sending->conversation);
}

Prompt Dialogue::promptTo(TurnId last) const { return promptOf(m_transcript.conversation(), last); }

Prompt Dialogue::promptOf(const session::Conversation& conversation, TurnId last) const {
    Prompt prompt;
    prompt.history = m_store.folder();
    const auto take = [&](const engine::PictureHandle& handle) {
        prompt.handles.insert(QString::fromStdString(handle.hash()), handle);
    };
    if (const auto& exchange = m_workspace.answer.exchange())
        for (const auto& handle : exchange->request.pictures) take(handle);
    for (const auto* turn : conversation.pathTo(last)) {
        prompt.turns.push_back(*turn);
        if (const auto ids = m_ids.constFind(turn->id); ids != m_ids.constEnd()) prompt.ids.insert(turn->id, *ids);
        for (const auto& picture : turn->pictures)
            if (const auto open = m_workspace.pictures.find(picture.hash)) take(open->handle);
    }
    return prompt;
}

void Dialogue::answer(ConversationId conversation, TurnId question) {
    auto prompt = isShown(conversation) ? promptTo(question) : promptOf(m_store.load(conversation), question);
    const auto facts = m_workspace.model.facts();
    const auto serial = m_nextSerial++;
    auto& pending = m_pending[serial];
    pending.conversation = conversation;
    pending.parent = question;
    pending.options = m_generation.value_or(facts ? facts->generation : engine::GenerationOptions());
    pending.options.alternatives = alternatives;
    if (facts) pending.model = ui::titleOf(facts->summary);
    pending.working = tr("waiting for the model");
    pending.job = m_workspace.worker.submit(tr("Answering"), [this, serial, prompt = std::move(prompt),
                                                              options =
                                                                  pending.options](WorkerContext& context) mutable {
        auto& model = context.loaded();
        auto exchange = std::make_shared<Exchange>();
        exchange->request = {messagesOf(prompt), picturesOf(prompt), options, {}};
        emit idsRead(std::make_shared<const AnswerIds>(prompt.ids));
        if (model.summary().takesPictures) exchange->request.encoding = model.encodeOptions();
        engine::ChatCallbacks callbacks;
        callbacks.onText = [this, serial](const std::string& text) {
            emit textArrived(serial, QString::fromStdString(text));
        };
        exchange->answer = model.chat(exchange->request, callbacks, context.control);
        emit answered(serial, std::move(exchange));
    });
    follow();
}

void Dialogue::write(quint64 serial, const QString& text) {
    const auto found = m_pending.find(serial);
    if (found == m_pending.end()) return;
    auto& pending = found->second;
    pending.unwritten += text;
    // A history that is locked keeps the window waiting at each attempt.
    if (!pending.sinceRefused.isValid() || pending.sinceRefused.hasExpired(refusalPause)) pass(pending);
    if (pending.writer && isShown(pending.conversation))
        m_transcript.setText(pending.writer->turn().id, pending.writer->text() + pending.unwritten);
}

void Dialogue::pass(Pending& pending) {
    try {
        if (pending.writer) {
            const auto text = std::exchange(pending.unwritten, {});  // the writer keeps it whatever happens
            pending.writer->append(text);
        } else {
            session::TurnContent begin;
            begin.role = Role::Assistant;
            begin.text = pending.unwritten;
            begin.model.name = pending.model;
            pending.writer =
                std::make_unique<session::AnswerWriter>(m_store, pending.conversation, pending.parent, begin);
            pending.unwritten.clear();
            if (isShown(pending.conversation)) m_transcript.add(pending.writer->turn());
            emit changed(pending.conversation);
        }
    } catch (const Error& error) {
        // Storing is tried again with later text and at the end.
        if (!pending.sinceRefused.isValid()) emit refused(QString::fromUtf8(error.what()), {});
        pending.sinceRefused.start();
    }
}

void Dialogue::finish(quint64 serial, const std::shared_ptr<const Exchange>& exchange) {
    const auto found = m_pending.find(serial);
    if (found == m_pending.end()) return;
    found->second.computed = true;
    attempt([this, serial, exchange] {
        auto& pending = m_pending.at(serial);
        const auto content = recordOf(exchange->answer, pending.options, pending.model);
        const auto tokens = recordOf(exchange->answer.tokens);
        const bool begun = pending.writer != nullptr;
        if (!begun) {
            session::TurnContent begin;
            begin.role = Role::Assistant;
            pending.writer =
                std::make_unique<session::AnswerWriter>(m_store, pending.conversation, pending.parent, begin);
        }
        const auto turn = pending.writer->finish(content, tokens);
        m_ids.insert(turn.id, idsOf(turn, tokens));
        const auto conversation = pending.conversation;
        if (isShown(conversation)) {
            if (!begun) m_transcript.add(turn);
            m_transcript.replace(turn);
            auto shown = std::make_shared<Exchange>(*exchange);
            shown->turn = turn.id;
            ++m_exchangeSerial;
            m_workspace.answer.set(shown);
        }
        drop(serial);
        emit changed(conversation);
    });
    follow();
}

void Dialogue::regenerate(TurnId answerTurn) {
    const auto* turn = m_transcript.conversation().find(answerTurn);
    if (!turn || turn->role != Role::Assistant || isAnswering()) return;
    const auto question = turn->parent;
    attempt([this, conversation = id(), question] { answer(conversation, question); });
}

void Dialogue::run(const TaskOrder& order) {
    if (isAnswering() || !m_keeping.isEmpty()) return;
    const auto sending = sendingAfter(m_transcript.last(), taskTitle(order.marker) + " · " + order.picture->name);
    sending->turns.clear();  // a system prompt waits for the first question
    keep({order.picture}, [this, sending, order] {
        attempt([this, sending, order] {
            commit(sending);
            submitTask(sending->conversation, sending->parent, order);
        });
    });
}

void Dialogue::submitTask(ConversationId conversation, TurnId parent, const TaskOrder& order) {
    const auto serial = m_nextSerial++;
    auto& pending = m_pending[serial];
    pending.conversation = conversation;
    pending.parent = parent;
    pending.task = order;
    if (const auto facts = m_workspace.model.facts()) pending.model = ui::titleOf(facts->summary);
    pending.working = tr("waiting for the model");
    pending.job = m_workspace.worker.submit(taskTitle(order.marker), [this, serial, order](WorkerContext& context) {
        auto answer = context.loaded().task({.task = order.marker.toStdString(),
                                             .text = order.text.toStdString(),
                                             .picture = order.picture->handle,
                                             .beams = 0,
                                             .maxNewTokens = 0,
                                             .onText = {}},
                                            context.control);
        emit taskAnswered(serial, std::make_shared<const engine::TaskAnswer>(std::move(answer)));
    });
    follow();
}

void Dialogue::finishTask(quint64 serial, const std::shared_ptr<const engine::TaskAnswer>& answer) {
    const auto found = m_pending.find(serial);
    if (found == m_pending.end()) return;
    found->second.computed = true;
    attempt([this, serial, answer] {
        const auto& pending = m_pending.at(serial);
        session::TurnContent content;
        content.role = Role::Task;
        content.text = textOf(*answer);
        content.pictures.push_back(attached(*pending.task->picture));
        content.model.name = pending.model;
        content.result = resultOf(pending.task->marker, pending.task->text, *answer);
        content.statistics = {{"encode_seconds", answer->encodeSeconds}, {"generate_seconds", answer->generateSeconds}};
        const auto turn = m_store.append(pending.conversation, pending.parent, content);
        const auto conversation = pending.conversation;
        if (isShown(conversation)) m_transcript.add(turn);
        m_workspace.overlays.setRegions(turn.pictures.front().hash, regionsOf(turn.result));
        drop(serial);
        emit changed(conversation);
    });
    follow();
}

void Dialogue::choose(TurnId turn) {
    if (isAnswering()) return;
    attempt([this, turn] {
        m_store.choose(turn);
        m_transcript.choose(turn);
        emit changed(id());
    });
}

void Dialogue::stop() {
    for (const auto& [serial, pending] : m_pending)
        if (isShown(pending.conversation)) m_workspace.worker.stop(pending.job);
}

bool Dialogue::isAnswering() const {
    for (const auto& [serial, pending] : m_pending)
        if (isShown(pending.conversation) && !pending.computed) return true;
    return false;
}

void Dialogue::ended(JobId job, JobEnd end, const QString& message) {
    for (auto& [serial, pending] : m_pending) {
        if (pending.job != job || end == JobEnd::Done) continue;
        const auto conversation = pending.conversation;
        const auto parent = pending.parent;
        const auto task = pending.task;
        const auto writer = std::move(pending.writer);
        drop(serial);
        if (writer && isShown(conversation)) {
            auto turn = writer->turn();
            turn.text = writer->text();
            turn.state = session::TurnState::Interrupted;
            m_transcript.replace(turn);
        }
        if (end == JobEnd::Failed) {
            emit refused(message, [this, conversation, parent, task] {
                attempt([this, conversation, parent, task] {
                    if (task)
                        submitTask(conversation, parent, *task);
                    else
                        answer(conversation, parent);
                });
            });
        }
        break;
    }
    follow();
}

void Dialogue::showProgress(JobId job, const QString& task, double share) {
    for (auto& [serial, pending] : m_pending) {
        if (pending.job != job || pending.writer) continue;
        pending.working = task;
        if (share > 0 && share < 1) pending.working += QString(" · %1 %").arg(qRound(share * 100));
        follow();
    }
}

void Dialogue::drop(quint64 serial) { m_pending.erase(serial); }

void Dialogue::follow() {
    std::optional<TranscriptTail> tail;
    for (const auto& [serial, pending] : m_pending) {
        if (!isShown(pending.conversation) || pending.writer) continue;
        const auto speaker = pending.model.isEmpty() ? QString() : pending.model + "  ";
        const auto doing = pending.computed ? tr("not stored yet") : pending.working;
        tail = TranscriptTail{pending.parent, speaker + doing};
    }
    m_transcript.setTail(tail);
    if (const bool answering = isAnswering(); answering != m_wasAnswering) {
        m_wasAnswering = answering;
        emit answeringChanged(answering);
    }
}

void Dialogue::makeCurrent(TurnId answerTurn) {
    const auto* turn = m_transcript.conversation().find(answerTurn);
    const auto& now = m_workspace.answer.exchange();
    if (!turn || turn->role != Role::Assistant || turn->state == session::TurnState::Writing) return;
    if (now && now->turn == answerTurn) return;
    if (m_exchangeJob != 0) m_workspace.worker.stop(m_exchangeJob);
    const auto tokens = m_transcript.tokens(answerTurn);
    const auto serial = ++m_exchangeSerial;
    const auto facts = m_workspace.model.facts();
    const auto options = generationFrom(turn->settings, facts ? facts->generation : engine::GenerationOptions());
    m_exchangeJob = m_workspace.worker.submit(
        tr("Preparing the answer"),
        [this, serial, turn = *turn, tokens, options, prompt = promptTo(turn->parent)](WorkerContext& context) mutable {
            auto exchange = std::make_shared<Exchange>();
            exchange->turn = turn.id;
            exchange->answer = answerOf(turn, tokens ? tokens->tokens : std::vector<session::Token>());
            exchange->request = {messagesOf(prompt), picturesOf(prompt), options, {}};
            if (context.model && context.model->summary().chats) {
                exchange->answer.promptIds = context.model->encodePrompt(exchange->request.messages).ids;
                if (context.model->summary().takesPictures)
                    exchange->request.encoding = context.model->encodeOptions();
            }
            emit idsRead(std::make_shared<const AnswerIds>(prompt.ids));
            emit exchangeRead(serial, std::move(exchange));
        });
}

}  // namespace fusionscope::ui
