#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "core/session/answer_writer.h"
#include "ui/chat/prompt.h"
#include "ui/chat/transcript_model.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

/// What a person is about to send.
struct Draft {
    QString text;
    std::vector<std::shared_ptr<const OpenPicture>> pictures;
    bool isEmpty() const { return text.trimmed().isEmpty() && pictures.empty(); }
};

/// A question to a Florence-2.
struct TaskOrder {
    QString marker, text;
    std::shared_ptr<const OpenPicture> picture;
};

/// The conversation that is shown, and every answer that is under way, whether in this conversation or in another one.
///
/// What a person says is on disk before it is shown as said; an answer is written to disk while it arrives.
class Dialogue : public QObject {
    Q_OBJECT

  public:
    Dialogue(Workspace& workspace, session::Store& store, QObject* parent = nullptr);
    ~Dialogue() override;

    TranscriptModel& transcript() { return m_transcript; }
    const TranscriptModel& transcript() const { return m_transcript; }
    /// 0 for one that has not entered the history yet.
    session::ConversationId id() const { return m_transcript.conversation().info.id; }

    /// @throws Error when it cannot be read; what was shown stays
    void open(session::ConversationId id);
    void startNew();

    /// Sends a question after `parent`; sent() or refused() follows.
    void send(const Draft& draft, session::TurnId parent);
    /// Answers the question before an answer once more, as another branch.
    void regenerate(session::TurnId answer);
    void run(const TaskOrder& order);
    void choose(session::TurnId turn);
    /// Ends the answer of this conversation; what has arrived is kept.
    void stop();
    bool isAnswering() const;

    /// Holds from the next question on.
    void setSystemPrompt(const QString& text) { m_system = text; }
    const QString& systemPrompt() const { return m_system; }
    /// Nothing: as the model's makers advise.
    void setGeneration(const std::optional<engine::GenerationOptions>& options) { m_generation = options; }
    const std::optional<engine::GenerationOptions>& generation() const { return m_generation; }

    /// Makes an answer the one that the inspector is about.
    void makeCurrent(session::TurnId answer);
    std::filesystem::path mediaFolder() const { return m_store.folder() / "media"; }
    /// The path up to a turn, to count or to send. 0: nothing.
    Prompt promptTo(session::TurnId last) const;

  signals:
    /// The draft is on disk.
    void sent();
    /// Nothing was lost: `again` does the same once more.
    void refused(const QString& sentence, const std::function<void()>& again);
    /// The conversation that is shown was made, or got another turn.
    void changed(qint64 conversation);
    void answeringChanged(bool answering);

    // From the worker's thread, queued to this object; `serial` tells which answer
    void textArrived(quint64 serial, const QString& text);
    void answered(quint64 serial, std::shared_ptr<const fusionscope::ui::Exchange> exchange);
    void taskAnswered(quint64 serial, std::shared_ptr<const fusionscope::engine::TaskAnswer> answer);
    void idsRead(std::shared_ptr<const fusionscope::ui::AnswerIds> ids);
    void exchangeRead(quint64 serial, std::shared_ptr<const fusionscope::ui::Exchange> exchange);

  private:
    /// What has to be stored before a question is asked, and how far that is.
    struct Sending {
        session::ConversationId conversation = 0;
        session::TurnId parent = 0;
        std::vector<session::TurnContent> turns;  ///< not stored yet
        std::vector<session::Turn> stored;
        QString title;                            ///< of a new conversation
        quint64 view = 0;
    };
    /// An answer or a task's result that is under way.
    struct Pending {
        session::ConversationId conversation = 0;
        session::TurnId parent = 0;
        JobId job = 0;
        QString model;
        engine::GenerationOptions options;
        std::optional<TaskOrder> task;
        std::unique_ptr<session::AnswerWriter> writer;  ///< from the first text on
        QString unwritten;                              ///< text that the writer has not got yet
        QString working;                                ///< what the tail says meanwhile
        bool computed = false;                          ///< only storing is left
        QElapsedTimer sinceRefused;                     ///< valid once it could not be stored
    };

    /// Puts pictures into the media store, in the reader's thread, then goes on.
    void keep(const std::vector<std::shared_ptr<const OpenPicture>>& pictures, const std::function<void()>& then);
    void commit(const std::shared_ptr<Sending>& sending);
    /// Everything a question needs before it: the conversation, and a system prompt that has changed.
    std::shared_ptr<Sending> sendingAfter(session::TurnId parent, const QString& title) const;
    void answer(session::ConversationId conversation, session::TurnId question);
    void submitTask(session::ConversationId conversation, session::TurnId parent, const TaskOrder& order);
    void write(quint64 serial, const QString& text);
    /// Hands text that has arrived to the writer, which is made for the first of it.
    void pass(Pending& pending);
    void finish(quint64 serial, const std::shared_ptr<const Exchange>& exchange);
    void finishTask(quint64 serial, const std::shared_ptr<const engine::TaskAnswer>& answer);
    void ended(JobId job, JobEnd end, const QString& message);
    void showProgress(JobId job, const QString& task, double share);
    /// Removes it and tells who has to know.
    void drop(quint64 serial);
    void follow();
    /// Stores; on failure tells, and offers the same again.
    void attempt(const std::function<void()>& action);
    bool isShown(session::ConversationId conversation) const { return conversation == id(); }
    Prompt promptOf(const session::Conversation& conversation, session::TurnId last) const;

    Workspace& m_workspace;
    session::Store& m_store;
    TranscriptModel m_transcript;
    QString m_system;
    std::optional<engine::GenerationOptions> m_generation;
    QHash<JobId, std::pair<std::function<void()>, std::function<void()>>>
        m_keeping;  // what follows, and the same again
    std::map<quint64, Pending> m_pending;
    quint64 m_nextSerial = 1, m_exchangeSerial = 0;
    quint64 m_view = 0;  // another number for each conversation that is shown
    JobId m_exchangeJob = 0;
    AnswerIds m_ids;
    bool m_wasAnswering = false;
};

}  // namespace fusionscope::ui
