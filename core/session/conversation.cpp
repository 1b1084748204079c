#include "core/session/conversation.h"

#include <algorithm>

namespace fusionscope::session {

const Turn* Conversation::find(TurnId id) const {
    const auto place = std::ranges::lower_bound(turns, id, {}, &Turn::id);
    return place != turns.end() && place->id == id ? &*place : nullptr;
}

Turn* Conversation::find(TurnId id) { return const_cast<Turn*>(std::as_const(*this).find(id)); }

std::vector<TurnId> Conversation::children(TurnId parent) const {
    std::vector<TurnId> found;
    for (const Turn& turn : turns)
        if (turn.parent == parent) found.push_back(turn.id);
    return found;
}

std::vector<TurnId> Conversation::branches(TurnId id) const {
    const Turn* turn = find(id);
    return turn ? children(turn->parent) : std::vector<TurnId>();
}

std::vector<const Turn*> Conversation::activePath() const {
    std::vector<const Turn*> path;
    for (const Turn* turn = find(root); turn; turn = find(turn->chosen)) path.push_back(turn);
    return path;
}

std::vector<const Turn*> Conversation::pathTo(TurnId id) const {
    std::vector<const Turn*> path;
    for (const Turn* turn = find(id); turn; turn = find(turn->parent)) path.push_back(turn);
    std::ranges::reverse(path);
    return path;
}

void Conversation::add(Turn turn) {
    const TurnId id = turn.id;
    info.changed = turn.created;
    if (info.firstPicture.isEmpty() && !turn.pictures.empty()) info.firstPicture = turn.pictures.front().hash;
    turns.push_back(std::move(turn));
    info.turns = static_cast<qint64>(turns.size());
    choose(id);
}

void Conversation::choose(TurnId id) {
    for (const Turn* turn = find(id); turn; turn = find(turn->parent)) {
        if (Turn* parent = find(turn->parent))
            parent->chosen = turn->id;
        else
            root = turn->id;
    }
}

}  // namespace fusionscope::session
