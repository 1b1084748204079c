#include "ui/shell/progress_text.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace fusionscope::ui {

namespace {

/// With %1, %2 … in their order where the engine puts names and numbers.
constexpr const char* known[] = {
    QT_TRANSLATE_NOOP("Progress", "Answering"),
    QT_TRANSLATE_NOOP("Progress", "Comparing neighbours"),
    QT_TRANSLATE_NOOP("Progress", "Converting"),
    QT_TRANSLATE_NOOP("Progress", "Encoding picture %1 of %2"),
    QT_TRANSLATE_NOOP("Progress", "Encoding the other picture"),
    QT_TRANSLATE_NOOP("Progress", "Encoding the picture"),
    QT_TRANSLATE_NOOP("Progress", "Hashing %1"),
    QT_TRANSLATE_NOOP("Progress", "Loading %1"),
    QT_TRANSLATE_NOOP("Progress", "Reading caption %1 of %2"),
    QT_TRANSLATE_NOOP("Progress", "Reading stored options"),
    QT_TRANSLATE_NOOP("Progress", "Reading the processor"),
    QT_TRANSLATE_NOOP("Progress", "Reading the prompt"),
    QT_TRANSLATE_NOOP("Progress", "Reading the text"),
    QT_TRANSLATE_NOOP("Progress", "Reading the tokenizer"),
    QT_TRANSLATE_NOOP("Progress", "Reading the weights"),
    QT_TRANSLATE_NOOP("Progress", "Reading the weights' headers"),
    QT_TRANSLATE_NOOP("Progress", "Scoring the answer"),
    QT_TRANSLATE_NOOP("Progress", "Switching off %1"),
    QT_TRANSLATE_NOOP("Progress", "Tracing"),
    QT_TRANSLATE_NOOP("Progress", "Training %1, seed %2 of %3"),
};

QRegularExpression patternOf(const char* text) {
    static const QRegularExpression place("%\\d");
    return QRegularExpression(QRegularExpression::anchoredPattern(QString::fromLatin1(text).replace(place, "(.*)")));
}

}  // namespace

QString progressText(const QString& task) {
    for (const auto* text : known) {
        const auto match = patternOf(text).match(task);
        if (!match.hasMatch()) continue;
        auto result = QCoreApplication::translate("Progress", text);
        for (int part = 1; part <= match.lastCapturedIndex(); ++part) result = result.arg(match.captured(part));
        return result;
    }
    return task;
}

}  // namespace fusionscope::ui
