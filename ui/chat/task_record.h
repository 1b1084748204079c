#pragma once

#include <QString>
#include <vector>

#include "core/engine/results.h"
#include "core/session/conversation.h"
#include "ui/common/overlays.h"

/// Florence-2's tasks for people, and their results as the history keeps them.
namespace fusionscope::ui {

/// What a task's text part is.
enum class TaskInput { None, Phrase, Region };

struct TaskEntry {
    QString marker;  ///< "<OD>"
    QString title;   ///< "Objects"
    TaskInput input = TaskInput::None;
};

/// Every task that the engine knows, in the order in which the menu shows them.
std::vector<TaskEntry> taskEntries();
/// The marker itself for an unknown one.
QString taskTitle(const QString& marker);

/// A region as four location tokens. @param box in pixels of a picture of that size
QString locationTokens(const QRectF& box, const QSize& picture);

/// The result as JSON: {"task", "input", "regions": [{"label", "outlines": [[x, y, …], …], "text"}], "answer"}.
nlohmann::json resultOf(const QString& marker, const QString& input, const engine::TaskAnswer& answer);
/// The result in words, one found thing a line.
QString textOf(const engine::TaskAnswer& answer);
/// What can be drawn of a stored result; whatever is malformed is left out.
std::vector<FoundRegion> regionsOf(const nlohmann::json& result);

}  // namespace fusionscope::ui
