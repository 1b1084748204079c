#include "ui/inspect/second_model_bar.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

#include "core/engine/memory.h"
#include "ui/common/family_title.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

namespace {

QString bytes(qint64 count) { return QString::fromStdString(engine::bytesText(count)); }

}  // namespace

SecondModelBar::SecondModelBar(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_choose(new QToolButton), m_menu(new QMenu(this)), m_needs(new QLabel),
      m_load(new QPushButton) {
    m_choose->setPopupMode(QToolButton::InstantPopup);
    m_choose->setFocusPolicy(Qt::StrongFocus);
    m_choose->setMenu(m_menu);
    m_choose->setAccessibleName(tr("Choose the second model"));
    m_needs->setForegroundRole(QPalette::PlaceholderText);
    m_needs->setWordWrap(true);
    m_needs->setObjectName(QStringLiteral("secondModelNeeds"));
    m_load->setObjectName(QStringLiteral("loadSecondModel"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_choose);
    row->addWidget(m_needs, 1);
    row->addWidget(m_load);
    connect(m_menu, &QMenu::aboutToShow, this, &SecondModelBar::fillMenu);
    connect(m_load, &QPushButton::clicked, this, &SecondModelBar::loadOrFree);
    connect(&workspace.second, &CurrentModel::changed, this, [this] { follow(false); });
    connect(&workspace.second, &CurrentModel::loading, this, [this] { follow(true); });
    connect(&workspace.second, &CurrentModel::failed, this, [this](const QString&, const QString& message) {
        follow(false);
        if (!message.isEmpty()) m_needs->setText(message);
    });
    connect(this, &SecondModelBar::inspected, this, [this](const QString& path, const auto& report) { tell(path, *report); },
            Qt::QueuedConnection);
    connect(&workspace.secondWorker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_job && end == JobEnd::Failed) m_needs->setText(message);
    });
    follow(false);
}

void SecondModelBar::fillMenu() {
    m_menu->clear();
    for (const auto& model : m_models)
        m_menu->addAction(model.title, this, [this, model] { choose(model); })->setToolTip(model.path);
    m_menu->addSeparator();
    m_menu->addAction(tr("Another model’s folder…"), this, [this] {
        const auto folder = QFileDialog::getExistingDirectory(this, tr("A model’s folder"));
        if (!folder.isEmpty()) choose({QFileInfo(folder).fileName(), folder, {}});
    });
}

void SecondModelBar::load(const QString& folder) {
    const auto known = std::ranges::find(m_models, folder, &ModelChoice::path);
    choose(known != m_models.end() ? *known : ModelChoice{QFileInfo(folder).fileName(), folder, {}});
    m_workspace.second.load(m_chosen.path, m_chosen.options);
}

void SecondModelBar::choose(const ModelChoice& model) {
    m_chosen = model;
    m_needs->setText(tr("looking at it"));
    follow(false);
    m_load->setEnabled(false);
    m_job = m_workspace.secondWorker.submit(tr("Looking at %1").arg(model.title), [this, path = model.path](WorkerContext& context) {
        emit inspected(path, std::make_shared<const engine::FolderReport>(
                                 engine::inspectFolder(path.toStdString(), false, context.control)));
    });
}

void SecondModelBar::tell(const QString& path, const engine::FolderReport& report) {
    if (path != m_chosen.path) return;
    m_chosen.title = modelTitle(QString::fromStdString(report.family), path);
    m_choose->setText(m_chosen.title);
    if (m_workspace.second.isLoading()) return;
    if (const auto facts = m_workspace.second.facts(); facts && facts->summary.folder == path.toStdString()) return follow(false);
    m_load->setEnabled(report.loadable);
    if (!report.loadable) {
        for (const auto& finding : report.findings)
            if (finding.weight == engine::Finding::Weight::Refusal)
                return m_needs->setText(QString::fromStdString(finding.text));
    }
    const auto free = engine::availableMemory();
    const auto& needed = report.memoryNeeded;
    const auto exact = needed.find(engine::name(m_chosen.options.precision));
    const auto most = std::ranges::max_element(needed, {}, [](const auto& entry) { return entry.second; });
    QString text;
    if (exact != needed.end()) text = tr("needs %1 in %2").arg(bytes(exact->second), QString::fromStdString(exact->first));
    else if (most != needed.end()) text = tr("needs at most %1").arg(bytes(most->second));
    if (free && !text.isEmpty()) text += tr("; %1 are free").arg(bytes(*free));
    m_needs->setText(text);
}

void SecondModelBar::loadOrFree() {
    const auto facts = m_workspace.second.facts();
    const bool isChosen = facts && facts->summary.folder == m_chosen.path.toStdString();
    if (facts && (m_chosen.path.isEmpty() || isChosen))
        m_workspace.second.unload();
    else if (!m_chosen.path.isEmpty())
        m_workspace.second.load(m_chosen.path, m_chosen.options);
}

void SecondModelBar::follow(bool isLoading) {
    const auto facts = m_workspace.second.facts();
    const bool isChosen = facts && facts->summary.folder == m_chosen.path.toStdString();
    m_choose->setText(m_chosen.title.isEmpty() ? tr("Choose a second model") : m_chosen.title);
    m_load->setText(isChosen && !isLoading ? tr("Let go of it") : tr("Load it"));
    m_load->setToolTip(isChosen ? tr("Frees the memory of the second model") : tr("Loads it beside the model that is loaded"));
    m_load->setEnabled(!isLoading && !m_chosen.path.isEmpty());
    if (isLoading)
        m_needs->setText(tr("loading"));
    else if (isChosen)
        m_needs->setText(tr("holds %1 (%2)").arg(bytes(facts->summary.weightBytes), QString::fromStdString(facts->summary.precision)));
    else if (m_chosen.path.isEmpty())
        m_needs->setText(tr("It is loaded only when you ask for it; what it needs is said before."));
}

}  // namespace fusionscope::ui
