#include "ui/models/model_button.h"

#include <QActionGroup>
#include <QFileInfo>
#include <QMenu>
#include <QPainter>
#include <QPixmap>

#include "core/engine/memory.h"
#include "ui/common/family_title.h"
#include "ui/common/workspace.h"
#include "ui/models/known_models.h"

namespace fusionscope::ui {

namespace {

QIcon dotOf(const QColor& colour) {
    QPixmap pixmap(32, 32);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(8, 8, 16, 16);
    return QIcon(pixmap);
}

}  // namespace

ModelButton::ModelButton(Workspace& workspace, KnownModels& models, QWidget* parent)
    : QPushButton(parent), m_workspace(workspace), m_models(models) {
    setMenu(new QMenu(this));
    setIconSize({16, 16});
    setObjectName("modelButton");
    setToolTip(tr("Choose the model that answers"));
    connect(menu(), &QMenu::aboutToShow, this, &ModelButton::fillMenu);

    const auto showLoaded = [this] {
        const auto facts = m_workspace.model.facts();
        if (!facts) return show(tr("No model"), {}, QPalette::PlaceholderText);
        const auto& summary = facts->summary;
        const auto device = QString::fromStdString(summary.device).toUpper();
        show(modelTitle(QString::fromStdString(summary.family), QString::fromStdString(summary.folder)),
             QString("%1 · %2 · %3").arg(device, QString::fromStdString(summary.precision),
                                         QString::fromStdString(engine::bytesText(summary.weightBytes))),
             QPalette::Highlight);
        setToolTip(QString::fromStdString(summary.deviceReason));
    };
    connect(&workspace.model, &CurrentModel::loading, this, [this](const QString& folder) {
        show(tr("Loading %1").arg(QFileInfo(folder).fileName()), {}, QPalette::PlaceholderText);
    });
    connect(&workspace.model, &CurrentModel::changed, this, showLoaded);
    connect(&workspace.model, &CurrentModel::failed, this, [this, showLoaded] {
        if (!m_workspace.model.isLoading()) showLoaded();
    });
    showLoaded();
}

void ModelButton::show(const QString& name, const QString& details, QPalette::ColorRole dot) {
    setIcon(dotOf(palette().color(dot)));
    setText(name + " ▾" + (details.isEmpty() ? QString() : "   " + details));
    setAccessibleName(tr("Model: %1 %2").arg(name, details));
}

void ModelButton::fillMenu() {
    menu()->clear();
    auto* group = new QActionGroup(menu());
    for (int row = 0; row < m_models.rowCount(); ++row) {
        const auto path = m_models.at(row).path;
        const auto state = m_models.stateOf(row);
        auto* action = menu()->addAction(m_models.title(row), this, [this, path] { m_models.load(path); });
        action->setCheckable(true);
        action->setChecked(state == ModelState::Loaded);
        action->setEnabled(state != ModelState::Refused && state != ModelState::Loading);
        action->setActionGroup(group);
    }
    menu()->addSeparator();
    for (const auto& entry : m_workspace.commands.entries())
        if (entry.action->objectName().startsWith("model.")) menu()->addAction(entry.action);
}

}  // namespace fusionscope::ui
