#include "ui/chat/transcript_model.h"

#include <algorithm>

#include "ui/chat/answer_record.h"
#include "ui/chat/task_record.h"

namespace fusionscope::ui {

using session::Role;
using session::Turn;
using session::TurnId;

namespace {

constexpr qsizetype tokensKept = 200;

QString speakerOf(const Turn& turn) {
    switch (turn.role) {
        case Role::System: return TranscriptModel::tr("System prompt");
        case Role::User: return TranscriptModel::tr("You");
        case Role::Task: {
            const bool named =
                turn.result.is_object() && turn.result.contains("task") && turn.result["task"].is_string();
            return named ? taskTitle(QString::fromStdString(turn.result["task"].get<std::string>()))
                         : TranscriptModel::tr("Task");
        }
        case Role::Assistant: break;
    }
    return turn.model.name.isEmpty() ? TranscriptModel::tr("Model") : turn.model.name;
}

}  // namespace

TranscriptModel::TranscriptModel(History& history, QObject* parent)
    : QAbstractListModel(parent), m_history(history) {}

void TranscriptModel::show(session::Conversation conversation) {
    beginResetModel();
    m_conversation = std::move(conversation);
    m_tail.reset();
    m_tokens.clear();
    m_rows.clear();
    for (const auto* turn : m_conversation.activePath()) m_rows.push_back(turn->id);
    countPictures();
    endResetModel();
}

int TranscriptModel::rowOf(TurnId turn) const {
    // Along a path ids rise, and the tail is the last row.
    const auto end = m_rows.end() - (!m_rows.empty() && m_rows.back() == 0 ? 1 : 0);
    const auto place = std::lower_bound(m_rows.begin(), end, turn);
    return place != end && *place == turn ? static_cast<int>(place - m_rows.begin()) : -1;
}

const Turn* TranscriptModel::turn(int row) const { return m_conversation.find(m_rows[static_cast<std::size_t>(row)]); }

const TranscriptTail* TranscriptModel::tail(int row) const {
    return m_rows[static_cast<std::size_t>(row)] == 0 && m_tail ? &*m_tail : nullptr;
}

std::pair<int, int> TranscriptModel::branch(int row) const {
    const auto id = m_rows[static_cast<std::size_t>(row)];
    if (id == 0) return {1, 1};
    const auto branches = m_conversation.branches(id);
    const auto place = std::ranges::find(branches, id) - branches.begin();
    return {static_cast<int>(place) + 1, static_cast<int>(branches.size())};
}

std::shared_ptr<const AnswerTokens> TranscriptModel::tokens(TurnId id) {
    if (const auto known = m_tokens.constFind(id); known != m_tokens.constEnd()) return *known;
    const auto* turn = m_conversation.find(id);
    if (!turn || turn->role != Role::Assistant || turn->state == session::TurnState::Writing) return nullptr;
    keep(*turn, {});
    // Where they cannot be read the words are there all the same; what is known of their probability is not.
    m_history.run(this, [id](const session::Store& store) { return store.tokens(id); },
                  [this, id](const std::vector<session::Token>& read) {
                      const auto* now = m_conversation.find(id);
                      if (!now || read.empty()) return;
                      keep(*now, read);
                      if (const int row = rowOf(id); row >= 0) emit dataChanged(index(row), index(row));
                  });
    return nullptr;
}

void TranscriptModel::keep(const Turn& turn, const std::vector<session::Token>& tokens) {
    if (m_tokens.size() >= tokensKept) m_tokens.clear();
    auto kept = std::make_shared<const AnswerTokens>(AnswerTokens{tokens, wordsOf(turn.text, tokens)});
    m_tokens[turn.id] = kept->words.empty() ? nullptr : std::move(kept);
}

TurnId TranscriptModel::last() const {
    for (auto row = m_rows.rbegin(); row != m_rows.rend(); ++row)
        if (*row != 0) return *row;
    return 0;
}

void TranscriptModel::add(const Turn& turn) {
    m_conversation.add(turn);
    if (m_tail && m_tail->after == turn.parent) m_tail.reset();
    follow();
}

void TranscriptModel::replace(const Turn& turn, const std::vector<session::Token>& tokens) {
    auto* known = m_conversation.find(turn.id);
    if (!known) return;
    const auto chosen = known->chosen;
    *known = turn;
    known->chosen = chosen;
    keep(turn, tokens);
    if (const int row = rowOf(turn.id); row >= 0) emit dataChanged(index(row), index(row));
}

void TranscriptModel::setText(TurnId id, const QString& text) {
    auto* known = m_conversation.find(id);
    if (!known || known->text == text) return;
    known->text = text;
    if (const int row = rowOf(id); row >= 0) emit dataChanged(index(row), index(row), {Qt::DisplayRole});
}

void TranscriptModel::choose(TurnId turn) {
    m_conversation.choose(turn);
    m_tail.reset();
    follow();
}

void TranscriptModel::setTail(const std::optional<TranscriptTail>& tail) {
    if (tail == m_tail) return;
    const bool sameRow = tail && m_tail && tail->after == m_tail->after;
    m_tail = tail;
    if (sameRow)
        emit dataChanged(index(rowCount() - 1), index(rowCount() - 1));
    else
        follow();
}

void TranscriptModel::follow() {
    std::vector<TurnId> wanted;
    for (const auto* turn : m_conversation.activePath()) {
        if (m_tail && turn->parent == m_tail->after && m_tail->after != 0) break;
        wanted.push_back(turn->id);
    }
    if (m_tail) wanted.push_back(0);
    const auto same = std::ranges::mismatch(m_rows, wanted).in1 - m_rows.begin();
    const auto kept = static_cast<std::size_t>(same);
    if (kept < m_rows.size()) {
        beginRemoveRows({}, static_cast<int>(kept), static_cast<int>(m_rows.size()) - 1);
        m_rows.resize(kept);
        m_firstPicture.resize(kept);
        endRemoveRows();
    }
    if (kept < wanted.size()) {
        beginInsertRows({}, static_cast<int>(kept), static_cast<int>(wanted.size()) - 1);
        m_rows = std::move(wanted);
        countPictures();
        endInsertRows();
    }
    // The turn before the change may have got another branch.
    if (kept > 0) emit dataChanged(index(static_cast<int>(kept) - 1), index(static_cast<int>(kept) - 1));
}

void TranscriptModel::countPictures() {
    m_firstPicture.clear();
    int next = 1;
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row) {
        m_firstPicture.push_back(next);
        if (const auto* shown = turn(row); shown && shown->role == Role::User)
            next += static_cast<int>(shown->pictures.size());
    }
}

int TranscriptModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant TranscriptModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const auto* shown = turn(index.row());
    if (!shown && role == TurnRole) return qint64{0};
    if (!shown)
        return m_tail && (role == Qt::DisplayRole || role == Qt::AccessibleTextRole) ? m_tail->sentence : QVariant();
    switch (role) {
        case Qt::DisplayRole: return shown->text;
        case Qt::AccessibleTextRole: return QString(speakerOf(*shown) + ": " + shown->text);
        case TurnRole: return shown->id;
        case SpeakerRole: return speakerOf(*shown);
        case CaptionRole: return captionOf(*shown);
        default: return {};
    }
}

}  // namespace fusionscope::ui
