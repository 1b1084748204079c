#include "ui/chat/dialogue.h"

#include <algorithm>
#include <utility>

#include "core/engine/model.h"
#include "core/files/error.h"
#include "ui/chat/answer_record.h"
#include "ui/chat/task_record.h"

namespace fusionscope::ui {

using session::ConversationId;
using session::Role;
using session::Turn;
using session::TurnId;

namespace {

constexpr int alternatives = 5;
constexpr qsizetype longestTitle = 60;

QString titleOf(const QString& text) {
    const auto line = text.simplified();
    return line.size() <= longestTitle ? line : line.left(longestTitle - 1) + u'…';
}

session::AttachedPicture attached(const OpenPicture& picture) {
    const auto size = picture.handle.size();
    return {QString::fromStdString(picture.handle.hash()), picture.name, size.width, size.height, picture.file.size(),
            picture.origin};
}

session::TurnContent contentOf(const Draft& draft) {
    session::TurnContent content;
    content.text = draft.text.trimmed();
    for (const auto& picture : draft.pictures) content.pictures.push_back(attached(*picture));
    return content;
}

/// The tokens of an answer, read by a thread that has no store; none when they cannot be read.
std::vector<session::Token> storedTokens(const std::filesystem::path& history, TurnId turn) {
    try {
        return session::Store(history, {session::Access::ReadOnly, false}).tokens(turn);
    } catch (const Error&) {
        return {};
    }
}

engine::ChatRequest requestOf(Prompt& prompt, const engine::GenerationOptions& options) {
    engine::ChatRequest request;
    request.messages = messagesOf(prompt);
    auto shown = shownIn(prompt);
    request.pictures = std::move(shown.pictures);
    request.videos = std::move(shown.videos);
    request.generation = options;
    return request;
}

}  // namespace

Dialogue::Dialogue(Workspace& workspace, History& history, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_history(history), m_transcript(history) {
    connect(&workspace.worker, &Worker::ended, this, &Dialogue::ended, Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::progressed, this, &Dialogue::showProgress, Qt::QueuedConnection);
    connect(&workspace.model, &CurrentModel::changed, this, [this] { m_unidentified.clear(); });
    connect(&workspace.model, &CurrentModel::identified, this, qOverload<>(&Dialogue::identify));
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

Dialogue::~Dialogue() {
    for (const auto& [serial, pending] : m_pending) interrupt(pending);
}

void Dialogue::open(ConversationId conversation) {
    const auto load = [conversation](session::Store& store) { return store.load(conversation); };
    m_history.run(this, load, [this, wanted = ++m_wanted](const session::Conversation& loaded) {
        if (wanted != m_wanted) return;  // something else was asked for meanwhile
        m_transcript.show(loaded);
        ++m_view;
        m_system.clear();
        TurnId lastAnswer = 0;
        for (const auto* turn : m_transcript.conversation().activePath()) {
            if (turn->role == Role::System) m_system = turn->text;
            if (turn->role == Role::Assistant) lastAnswer = turn->id;
        }
        for (const auto& [serial, pending] : m_pending)
            if (pending.turn != 0) m_transcript.setText(pending.turn, pending.text);
        m_workspace.selection.setWord({});
        m_workspace.answer.set(nullptr);
        if (lastAnswer != 0) makeCurrent(lastAnswer);
        follow();
        emit opened();
    }, orAgain([this, conversation] { open(conversation); }));
}

void Dialogue::startNew() {
    m_transcript.show({});
    ++m_view;
    ++m_wanted;
    m_system.clear();
    ++m_exchangeSerial;
    m_workspace.selection.setWord({});
    m_workspace.answer.set(nullptr);
    follow();
    emit opened();
}

History::Refused Dialogue::orAgain(const std::function<void()>& again) {
    return [this, again](const QString& sentence) { emit refused(sentence, again); };
}

History::Refused Dialogue::notStored(quint64 serial, const std::function<void()>& again) {
    return [this, serial, again](const QString& sentence) {
        if (auto* pending = pendingOf(serial)) pending->unstored = true;
        follow();
        emit refused(sentence, again);
    };
}

Dialogue::Pending* Dialogue::pendingOf(quint64 serial) {
    const auto found = m_pending.find(serial);
    return found == m_pending.end() ? nullptr : &found->second;
}

session::ModelName Dialogue::nameOf(const Pending& pending) {
    return {pending.facts ? ui::titleOf(pending.facts->summary) : QString(), {}};
}

void Dialogue::identify(TurnId turn, const std::shared_ptr<const ModelFacts>& facts) {
    if (facts != m_workspace.model.facts()) return;
    m_unidentified.push_back(turn);
    identify();
}

void Dialogue::identify() {
    const auto hash = m_workspace.model.hash();
    if (hash.isEmpty() || m_unidentified.empty()) return;
    m_history.run(this, [turns = std::exchange(m_unidentified, {}), hash](session::Store& store) {
        for (const auto turn : turns) store.identifyModel(turn, hash);
    }, [] {});
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
    if (draft.isEmpty() || isAnswering() || m_sending) return;
    const auto sending =
        sendingAfter(parent, draft.text.trimmed().isEmpty() ? draft.pictures.front()->name : draft.text);
    sending->turns.push_back(contentOf(draft));
    for (const auto& picture : draft.pictures) sending->pictures.append(picture->file);
    commit(sending, [this, sending] {
        if (sending->view == m_view) emit sent();
        answer(sending->conversation, sending->parent);
    });
}

void Dialogue::commit(const std::shared_ptr<Sending>& sending, const std::function<void()>& then) {
    m_sending = true;
    const auto storing = [sending](session::Store& store) {
        for (const auto& picture : sending->pictures) {
            const auto hash = store.media().add(picture.bytes());
            picture.liesAt(QString::fromStdString(store.media().path(hash).string()));
        }
        if (sending->conversation == 0) sending->conversation = store.create(sending->title).id;
        while (!sending->turns.empty()) {
            auto turn = store.append(sending->conversation, sending->parent, sending->turns.front());
            sending->turns.erase(sending->turns.begin());
            sending->parent = turn.id;
            sending->stored.push_back(std::move(turn));
        }
        return store.info(sending->conversation);
    };
    const auto done = [this, sending, then](const session::ConversationInfo& info) {
        m_sending = false;
        show(*sending, info);
        then();
    };
    m_history.run(this, storing, done, [this, sending, then](const QString& sentence) {
        m_sending = false;
        emit refused(sentence, [this, sending, then] { commit(sending, then); });
    });
}

void Dialogue::show(const Sending& sending, const session::ConversationInfo& info) {
    if (sending.view == m_view) {
        if (id() == 0) {
            session::Conversation begun;
            begun.info = info;
            m_transcript.show(std::move(begun));
        }
        for (const auto& turn : sending.stored)
            if (!m_transcript.conversation().find(turn.id)) m_transcript.add(turn);
    }
    emit changed(sending.conversation);
}

Prompt Dialogue::promptTo(TurnId last) const { return promptOf(m_transcript.conversation(), last); }

Prompt Dialogue::promptOf(const session::Conversation& conversation, TurnId last) const {
    Prompt prompt;
    prompt.history = m_history.folder();
    const auto take = [&](const engine::PictureHandle& handle) {
        prompt.handles.insert(QString::fromStdString(handle.hash()), handle);
    };
    if (const auto& exchange = m_workspace.answer.exchange()) {
        for (const auto& handle : exchange->request.pictures) take(handle);
        for (const auto& video : exchange->request.videos)
            for (const auto& handle : video.frames) take(handle);
    }
    for (const auto* turn : conversation.pathTo(last)) {
        prompt.turns.push_back(*turn);
        if (const auto ids = m_ids.constFind(turn->id); ids != m_ids.constEnd()) prompt.ids.insert(turn->id, *ids);
        for (const auto& picture : turn->pictures)
            if (const auto open = m_workspace.pictures.find(picture.hash)) take(open->handle);
    }
    return prompt;
}

void Dialogue::answer(ConversationId conversation, TurnId question) {
    if (isShown(conversation)) return submitAnswer(conversation, question, promptTo(question));
    m_history.run(this, [conversation](session::Store& store) { return store.load(conversation); },
                  [this, conversation, question](const session::Conversation& loaded) {
                      submitAnswer(conversation, question, promptOf(loaded, question));
                  },
                  orAgain([this, conversation, question] { answer(conversation, question); }));
}

void Dialogue::submitAnswer(ConversationId conversation, TurnId question, Prompt prompt) {
    const auto facts = m_workspace.model.facts();
    const auto serial = m_nextSerial++;
    auto& pending = m_pending[serial];
    pending.conversation = conversation;
    pending.parent = question;
    pending.options = m_generation.value_or(facts ? facts->generation : engine::GenerationOptions());
    pending.options.alternatives = alternatives;
    pending.facts = facts;
    pending.working = tr("waiting for the model");
    session::TurnContent begin;
    begin.role = Role::Assistant;
    begin.model = nameOf(pending);
    pending.keeper = std::make_shared<AnswerKeeper>(conversation, question, begin);
    pending.job = m_workspace.worker.submit(tr("Answering"), [this, serial, prompt = std::move(prompt),
                                                              options =
                                                                  pending.options](WorkerContext& context) mutable {
        auto& model = context.loaded();
        auto exchange = std::make_shared<Exchange>();
        exchange->request = requestOf(prompt, options);
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
    auto* pending = pendingOf(serial);
    if (!pending) return;
    pending->text += text;
    if (pending->turn != 0 && isShown(pending->conversation)) m_transcript.setText(pending->turn, pending->text);
    m_history.run(this, [keeper = pending->keeper, text](session::Store& store) { return keeper->append(store, text); },
                  [this, serial](const std::optional<Turn>& turn) {
                      if (turn) begin(serial, *turn);
                  },
                  [this, serial](const QString& sentence) {
                      // Storing is tried again with later text and at the end.
                      auto* refusedNow = pendingOf(serial);
                      if (!refusedNow || std::exchange(refusedNow->toldRefusal, true)) return;
                      emit refused(sentence, {});
                  });
}

void Dialogue::begin(quint64 serial, const Turn& turn) {
    auto* pending = pendingOf(serial);
    if (!pending || pending->turn != 0) return;
    pending->turn = turn.id;
    const auto conversation = pending->conversation;
    if (isShown(conversation)) {
        if (!m_transcript.conversation().find(turn.id)) m_transcript.add(turn);
        m_transcript.setText(turn.id, pending->text);
    }
    emit changed(conversation);
    follow();
}

void Dialogue::finish(quint64 serial, const std::shared_ptr<const Exchange>& exchange) {
    auto* pending = pendingOf(serial);
    if (!pending) return;
    pending->unstored = false;
    const auto content = recordOf(exchange->answer, pending->options, nameOf(*pending));
    const auto tokens = recordOf(exchange->answer.tokens);
    const auto storing = [keeper = pending->keeper, content, tokens](session::Store& store) {
        return keeper->finish(store, content, tokens);
    };
    const auto done = [this, serial, exchange, tokens](const Turn& turn) {
        const auto stored = m_pending.extract(serial);
        if (stored.empty()) return;  // "Try again" came twice
        const auto conversation = stored.mapped().conversation;
        m_ids.insert(turn.id, idsOf(turn, tokens));
        identify(turn.id, stored.mapped().facts);
        if (isShown(conversation)) {
            if (!m_transcript.conversation().find(turn.id)) m_transcript.add(turn);
            m_transcript.replace(turn, tokens);
            auto shown = std::make_shared<Exchange>(*exchange);
            shown->turn = turn.id;
            ++m_exchangeSerial;
            m_workspace.answer.set(shown);
        }
        emit changed(conversation);
        follow();
    };
    m_history.run(this, storing, done, notStored(serial, [this, serial, exchange] { finish(serial, exchange); }));
}

void Dialogue::regenerate(TurnId answerTurn) {
    const auto* turn = m_transcript.conversation().find(answerTurn);
    if (!turn || turn->role != Role::Assistant || isAnswering() || m_sending) return;
    answer(id(), turn->parent);
}

void Dialogue::run(const TaskOrder& order) {
    if (isAnswering() || m_sending) return;
    const auto sending = sendingAfter(m_transcript.last(), taskTitle(order.marker) + " · " + order.picture->name);
    sending->turns.clear();  // a system prompt waits for the first question
    sending->pictures = {order.picture->file};
    commit(sending, [this, sending, order] { submitTask(sending->conversation, sending->parent, order); });
}

void Dialogue::submitTask(ConversationId conversation, TurnId parent, const TaskOrder& order) {
    const auto serial = m_nextSerial++;
    auto& pending = m_pending[serial];
    pending.conversation = conversation;
    pending.parent = parent;
    pending.task = order;
    pending.facts = m_workspace.model.facts();
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
    auto* pending = pendingOf(serial);
    if (!pending) return;
    pending->unstored = false;
    session::TurnContent content;
    content.role = Role::Task;
    content.text = textOf(*answer);
    content.pictures.push_back(attached(*pending->task->picture));
    content.model = nameOf(*pending);
    content.result = resultOf(pending->task->marker, pending->task->text, *answer);
    content.statistics = {{"encode_seconds", answer->encodeSeconds}, {"generate_seconds", answer->generateSeconds}};
    const auto storing = [conversation = pending->conversation, parent = pending->parent, content](session::Store& store) {
        return store.append(conversation, parent, content);
    };
    const auto done = [this, serial](const Turn& turn) {
        const auto stored = m_pending.extract(serial);
        if (stored.empty()) return;
        const auto conversation = stored.mapped().conversation;
        identify(turn.id, stored.mapped().facts);
        if (isShown(conversation) && !m_transcript.conversation().find(turn.id)) m_transcript.add(turn);
        m_workspace.overlays.setRegions(turn.pictures.front().hash, regionsOf(turn.result));
        emit changed(conversation);
        follow();
    };
    m_history.run(this, storing, done, notStored(serial, [this, serial, answer] { finishTask(serial, answer); }));
}

void Dialogue::choose(TurnId turn) {
    if (isAnswering()) return;
    m_history.run(this, [turn](session::Store& store) { store.choose(turn); },
                  [this, turn] {
                      if (!m_transcript.conversation().find(turn)) return;  // another conversation is shown by now
                      m_transcript.choose(turn);
                      emit changed(id());
                  },
                  orAgain([this, turn] { choose(turn); }));
}

void Dialogue::stop() {
    for (const auto& [serial, pending] : m_pending)
        if (isShown(pending.conversation)) m_workspace.worker.stop(pending.job);
}

bool Dialogue::isAnswering() const {
    for (const auto& [serial, pending] : m_pending)
        if (isShown(pending.conversation) && !pending.unstored) return true;
    return false;
}

void Dialogue::interrupt(const Pending& pending) {
    if (!pending.keeper) return;
    m_history.run(this, [keeper = pending.keeper](session::Store& store) { return keeper->interrupt(store); },
                  [this, conversation = pending.conversation](const std::optional<Turn>& turn) {
                      if (!turn || !isShown(conversation)) return;
                      if (!m_transcript.conversation().find(turn->id)) m_transcript.add(*turn);
                      m_transcript.replace(*turn, {});
                  });
}

void Dialogue::ended(JobId job, JobEnd end, const QString& message) {
    const auto found = std::ranges::find_if(m_pending, [job](const auto& entry) { return entry.second.job == job; });
    if (found != m_pending.end() && end != JobEnd::Done) {
        const auto pending = found->second;
        m_pending.erase(found);
        interrupt(pending);
        if (end == JobEnd::Failed) {
            emit refused(message, [this, pending] {
                if (pending.task)
                    submitTask(pending.conversation, pending.parent, *pending.task);
                else
                    answer(pending.conversation, pending.parent);
            });
        }
    }
    follow();
}

void Dialogue::showProgress(JobId job, const QString& task, double share) {
    for (auto& [serial, pending] : m_pending) {
        if (pending.job != job || pending.turn != 0) continue;
        pending.working = task;
        if (share > 0 && share < 1) pending.working += QString(" · %1 %").arg(qRound(share * 100));
        follow();
    }
}

void Dialogue::follow() {
    std::optional<TranscriptTail> tail;
    for (const auto& [serial, pending] : m_pending) {
        if (!isShown(pending.conversation) || pending.turn != 0) continue;
        const auto model = nameOf(pending).name;
        const auto speaker = model.isEmpty() ? QString() : model + "  ";
        const auto doing = pending.unstored ? tr("not stored yet") : pending.working;
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
    const auto serial = ++m_exchangeSerial;
    const auto facts = m_workspace.model.facts();
    const auto options = generationFrom(turn->settings, facts ? facts->generation : engine::GenerationOptions());
    m_exchangeJob = m_workspace.worker.submit(
        tr("Preparing the answer"),
        [this, serial, turn = *turn, options, prompt = promptTo(turn->parent)](WorkerContext& context) mutable {
            auto exchange = std::make_shared<Exchange>();
            exchange->turn = turn.id;
            exchange->answer = answerOf(turn, storedTokens(prompt.history, turn.id));
            exchange->request = requestOf(prompt, options);
            if (context.model && context.model->summary().chats) {
                const auto sizes = sizesIn(prompt);
                exchange->answer.promptIds =
                    context.model->encodePrompt(exchange->request.messages, sizes.pictures, sizes.videos).ids;
                if (context.model->summary().takesPictures)
                    exchange->request.encoding = context.model->encodeOptions();
            }
            emit idsRead(std::make_shared<const AnswerIds>(prompt.ids));
            emit exchangeRead(serial, std::move(exchange));
        });
}

}  // namespace fusionscope::ui
