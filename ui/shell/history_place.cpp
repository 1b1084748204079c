#include "ui/shell/history_place.h"

#include <QCoreApplication>

#include "core/files/error.h"

namespace fusionscope::ui {

OpenHistory openHistory(const QString& folder) {
    OpenHistory history;
    try {
        history.store = std::make_unique<session::Store>(folder.toStdString());
    } catch (const Error& error) {
        history.problem = QCoreApplication::translate("History", "%1 Until that is solved, conversations are kept only "
                                                                 "while this window is open; export what you need later.")
                              .arg(QString::fromUtf8(error.what()));
        history.temporary = std::make_unique<QTemporaryDir>();
        if (!history.temporary->isValid())
            throw Error("neither the history nor a temporary folder can be opened", folder.toStdString(), error.what());
        history.store = std::make_unique<session::Store>(history.temporary->path().toStdString());
    }
    return history;
}

}  // namespace fusionscope::ui
