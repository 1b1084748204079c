#include "ui/inspect/inspector_panel.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "ui/common/workspace.h"
#include "ui/inspect/ablate_page.h"
#include "ui/inspect/align_page.h"
#include "ui/inspect/atlas_menus.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/atlas_view.h"
#include "ui/inspect/compare_page.h"
#include "ui/inspect/frames_page.h"

namespace fusionscope::ui {

InspectorPanel::InspectorPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_head(new QHBoxLayout), m_tabs(new QTabBar), m_menus(new QStackedWidget), m_pages(new QStackedWidget) {
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(tr("Pages of the inspector"));
    m_menus->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    m_head->setContentsMargins(8, 0, 8, 0);
    m_head->addWidget(m_tabs, 1);
    m_head->addWidget(m_menus, 0, Qt::AlignRight);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(m_head);
    all->addWidget(m_pages, 1);
    connect(m_tabs, &QTabBar::currentChanged, this, &InspectorPanel::showPage);

    auto* state = new AtlasState(workspace, this);
    auto* atlas = new AtlasView(*state);
    m_atlasMenus = new AtlasMenus(*state);
    connect(m_atlasMenus, &AtlasMenus::said, atlas, &AtlasView::say);
    addPage(tr("Atlas"), atlas, m_atlasMenus);
    m_compare = new ComparePage(*state);
    addPage(tr("Compare"), m_compare, m_compare->menus());
    auto* frames = new FramesPage(workspace);
    addPage(tr("Frames"), frames, frames->menus());
    auto* align = new AlignPage(workspace);
    addPage(tr("Align"), align, align->menus());
    auto* ablate = new AblatePage(workspace);
    addPage(tr("Ablate"), ablate, ablate->menus());
}

void InspectorPanel::openInspection(const QString& file) {
    m_tabs->setCurrentIndex(0);
    m_atlasMenus->openInspection(file);
}

void InspectorPanel::setModels(const QList<ModelChoice>& models) { m_compare->second().setModels(models); }

void InspectorPanel::addPage(const QString& title, QWidget* page, QWidget* menus) {
    m_pages->addWidget(page);
    m_menus->addWidget(menus);
    m_tabs->addTab(title);
    showPage(m_tabs->currentIndex());
}

void InspectorPanel::showPage(int index) {
    // A stack is as wide as its widest page; only the one that is seen may ask for room.
    for (auto* stack : {m_pages, m_menus})
        for (int i = 0; i < stack->count(); ++i) {
            const auto policy = i == index ? QSizePolicy::Preferred : QSizePolicy::Ignored;
            stack->widget(i)->setSizePolicy(policy, policy);
        }
    m_pages->setCurrentIndex(index);
    m_menus->setCurrentIndex(index);
    arrangeHead();
}

void InspectorPanel::arrangeHead() {
    const auto margins = m_head->contentsMargins();
    const int wanted = margins.left() + m_tabs->sizeHint().width() + m_head->spacing() + m_menus->sizeHint().width() + margins.right();
    m_head->setDirection(wanted <= width() ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void InspectorPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrangeHead();
}

}  // namespace fusionscope::ui
