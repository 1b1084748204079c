#pragma once

#include <QDateTime>
#include <QString>
#include <nlohmann/json.hpp>
#include <vector>

/// Conversations and where they are kept. Plain values; no model, no window.
namespace fusionscope::session {

using ConversationId = qint64;
using TurnId = qint64;  ///< never used twice; 0 is no turn

enum class Role { System, User, Assistant, Task };

enum class TurnState {
    Complete,
    Writing,     ///< an answer that is still arriving
    Interrupted  ///< an answer whose program ended before it did; what had arrived is kept
};

/// One id that the model might have chosen.
struct Alternative {
    qint64 id = 0;
    QString text;
    double logProbability = 0;  ///< natural logarithm; may be −∞
    bool operator==(const Alternative&) const = default;
};

/// One generated id.
struct Token {
    qint64 id = 0;
    QString text;
    double logProbability = 0;
    std::vector<Alternative> alternatives;  ///< most probable first
    bool operator==(const Token&) const = default;
};

/// A picture of a turn. The bytes lie in the media store under the hash.
struct AttachedPicture {
    QString hash;          ///< SHA-256 of the file's bytes, in hexadecimal
    QString name;          ///< what the person knows it by, "harbour.jpg"
    int width = 0, height = 0;
    qint64 bytes = 0;
    nlohmann::json origin; ///< of a frame or a region: where it was taken from; null for a picture as it was
    bool operator==(const AttachedPicture&) const = default;
};

struct ModelName {
    QString name, hash;
    bool operator==(const ModelName&) const = default;
};

/// What a turn says. JSON members are null when there is nothing to tell, and nest at most 24 levels.
struct TurnContent {
    Role role = Role::User;
    QString text;  ///< of a task: its result in words, so that a search finds it
    std::vector<AttachedPicture> pictures;
    QString stopReason;         ///< why the answer ended; empty when it did not
    ModelName model;            ///< that answered
    nlohmann::json settings;    ///< with which it answered
    nlohmann::json statistics;  ///< seconds and counts
    nlohmann::json result;      ///< of a task: its name, input, boxes, labels, polygons
    bool operator==(const TurnContent&) const = default;
};

/// A turn in its place. Its tokens are read apart (Store::tokens), as they can be many.
struct Turn : TurnContent {
    TurnId id = 0;
    TurnId parent = 0;  ///< the turn before it; 0 for a first turn
    TurnId chosen = 0;  ///< which of the turns that follow is on the active path; 0 when none follows
    TurnState state = TurnState::Complete;
    QDateTime created;  ///< UTC, milliseconds
    bool operator==(const Turn&) const = default;
};

/// A conversation as a list shows it.
struct ConversationInfo {
    ConversationId id = 0;
    QString title;
    QString folder;  ///< empty: in none
    bool pinned = false;
    QDateTime created, changed;  ///< UTC, milliseconds
    QDateTime deleted;           ///< invalid while it is not deleted
    qint64 turns = 0;
    QString firstPicture;        ///< hash; empty without pictures
    bool operator==(const ConversationInfo&) const = default;
};

/// A tree of turns. To edit a question or to generate an answer anew is to append another turn to the same parent.
struct Conversation {
    ConversationInfo info;
    TurnId root = 0;          ///< first turn of the active path
    std::vector<Turn> turns;  ///< by id; a parent stands before its children

    /// Null when there is none.
    const Turn* find(TurnId id) const;
    Turn* find(TurnId id);
    /// The turns after `parent` (0: the first turns), oldest first.
    std::vector<TurnId> children(TurnId parent) const;
    /// The turn and those beside it, oldest first: what a branch switcher walks through.
    std::vector<TurnId> branches(TurnId id) const;
    /// The turns that are shown, from the first to the last.
    std::vector<const Turn*> activePath() const;
    /// The turns from the first to `id`: what a model reads to answer after it.
    std::vector<const Turn*> pathTo(TurnId id) const;

    /// Keep this copy in step with Store::append and Store::choose.
    void add(Turn turn);
    void choose(TurnId id);
};

}  // namespace fusionscope::session
