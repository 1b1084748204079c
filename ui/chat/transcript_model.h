#pragma once

#include <QAbstractListModel>
#include <QHash>
#include <memory>
#include <optional>
#include <vector>

#include "ui/chat/answer_words.h"
#include "ui/chat/history.h"

namespace fusionscope::ui {

/// The tokens of an answer and the words that they make.
struct AnswerTokens {
    std::vector<session::Token> tokens;
    std::vector<AnswerWord> words;
};

/// What stands under the last turn while nothing of an answer is there yet.
struct TranscriptTail {
    session::TurnId after = 0;  ///< the rows behind this turn give way to it; 0: none does
    QString sentence;
    bool operator==(const TranscriptTail&) const = default;
};

/// The active path of one conversation, a row a turn, and a tail (see TranscriptTail) as a last row.
class TranscriptModel : public QAbstractListModel {
    Q_OBJECT

  public:
    enum DataRole {
        TurnRole = Qt::UserRole,  ///< qint64, 0 for the tail
        SpeakerRole,
        CaptionRole
    };

    /// @param history gives tokens when a row is looked at
    explicit TranscriptModel(History& history, QObject* parent = nullptr);

    void show(session::Conversation conversation);
    const session::Conversation& conversation() const { return m_conversation; }

    int rowOf(session::TurnId turn) const;
    /// Null for the tail.
    const session::Turn* turn(int row) const;
    /// Null for a turn.
    const TranscriptTail* tail(int row) const;
    /// Number of the row's first picture in the conversation, from 1.
    int firstPictureNumber(int row) const { return m_firstPicture[static_cast<std::size_t>(row)]; }
    /// Which of the turns beside it a row shows, from 1, and how many there are.
    std::pair<int, int> branch(int row) const;
    /// Null when the turn has none, and until they have been read: then the row changes.
    std::shared_ptr<const AnswerTokens> tokens(session::TurnId turn);
    /// The last turn that is shown; 0 when there is none.
    session::TurnId last() const;

    // In step with the store
    void add(const session::Turn& turn);
    void replace(const session::Turn& turn, const std::vector<session::Token>& tokens);
    void setText(session::TurnId turn, const QString& text);
    void choose(session::TurnId turn);
    void setTail(const std::optional<TranscriptTail>& tail);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

  private:
    /// Changes the rows to what is to be shown now, and tells which ones really changed.
    void follow();
    void countPictures();
    void keep(const session::Turn& turn, const std::vector<session::Token>& tokens);

    History& m_history;
    session::Conversation m_conversation;
    std::optional<TranscriptTail> m_tail;
    std::vector<session::TurnId> m_rows;  // 0: the tail
    std::vector<int> m_firstPicture;      // one a row
    QHash<session::TurnId, std::shared_ptr<const AnswerTokens>> m_tokens;  // null while they are being read, too
};

}  // namespace fusionscope::ui
