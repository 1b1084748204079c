#pragma once

#include <QObject>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "ui/chat/answer_keeper.h"
#include "ui/chat/history.h"
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
    Dialogue(Workspace& workspace, History& history, QObject* parent = nullptr);
    ~Dialogue() override;

    TranscriptModel& transcript() { return m_transcript; }
    const TranscriptModel& transcript() const { return m_transcript; }
    /// 0 for one that has not entered the history yet.
    session::ConversationId id() const { return m_transcript.conversation().info.id; }

    /// opened() follows, or refused(): then what was shown stays.
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
    const History& history() const { return m_history; }
    /// The path up to a turn, to count or to send. 0: nothing.
    Prompt promptTo(session::TurnId last) const;

  signals:
    /// Another conversation is shown.
    void opened();
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
    /// What has to be stored before a question is asked, and how far that is. In the hands of the history's thread
    /// while it is being stored.
    struct Sending {
        session::ConversationId conversation = 0;
        session::TurnId parent = 0;
        QList<PictureFile> pictures;
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
        std::shared_ptr<const ModelFacts> facts;  ///< of the model that answers
        engine::GenerationOptions options;
        std::optional<TaskOrder> task;
        std::shared_ptr<AnswerKeeper> keeper;  ///< the history's thread works with it
        session::TurnId turn = 0;              ///< of the answer, once it has its place in the history
        QString text;                          ///< all that has arrived
        QString working;                       ///< what the tail says meanwhile
        bool toldRefusal = false;
        bool unstored = false;                 ///< computed, but the history did not take it
    };

    /// Stores it, shows it if its conversation is shown, then goes on.
    void commit(const std::shared_ptr<Sending>& sending, const std::function<void()>& then);
    void show(const Sending& sending, const session::ConversationInfo& info);
    /// Everything a question needs before it: the conversation, and a system prompt that has changed.
    std::shared_ptr<Sending> sendingAfter(session::TurnId parent, const QString& title) const;
    void answer(session::ConversationId conversation, session::TurnId question);
    void submitAnswer(session::ConversationId conversation, session::TurnId question, Prompt prompt);
    void submitTask(session::ConversationId conversation, session::TurnId parent, const TaskOrder& order);
    void write(quint64 serial, const QString& text);
    /// The answer has got its place in the history.
    void begin(quint64 serial, const session::Turn& turn);
    void finish(quint64 serial, const std::shared_ptr<const Exchange>& exchange);
    void interrupt(const Pending& pending);
    void finishTask(quint64 serial, const std::shared_ptr<const engine::TaskAnswer>& answer);
    void ended(JobId job, JobEnd end, const QString& message);
    void showProgress(JobId job, const QString& task, double share);
    void follow();
    /// Null when it is no longer under way.
    Pending* pendingOf(quint64 serial);
    static session::ModelName nameOf(const Pending& pending);
    /// Fills in which model made a turn, once that is known.
    void identify(session::TurnId turn, const std::shared_ptr<const ModelFacts>& facts);
    void identify();
    /// Tells that something could not be stored, and offers the same again.
    History::Refused orAgain(const std::function<void()>& again);
    /// The same for what has been computed.
    History::Refused notStored(quint64 serial, const std::function<void()>& again);
    bool isShown(session::ConversationId conversation) const { return conversation == id(); }
    Prompt promptOf(const session::Conversation& conversation, session::TurnId last) const;

    Workspace& m_workspace;
    History& m_history;
    TranscriptModel m_transcript;
    QString m_system;
    std::optional<engine::GenerationOptions> m_generation;
    std::map<quint64, Pending> m_pending;
    bool m_sending = false;
    std::vector<session::TurnId> m_unidentified;  // answers of the loaded model, stored before its hash was known
    quint64 m_nextSerial = 1, m_exchangeSerial = 0;
    quint64 m_view = 0;  // another number for each conversation that is shown
    quint64 m_wanted = 0;  // another number for each that was asked for
    JobId m_exchangeJob = 0;
    AnswerIds m_ids;
    bool m_wasAnswering = false;
};

}  // namespace fusionscope::ui
