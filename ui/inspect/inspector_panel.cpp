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
    : QWidget(parent), m_workspace(workspace), m_state(new AtlasState(workspace, this)), m_head(new QHBoxLayout),
      m_tabs(new QTabBar), m_menus(new QStackedWidget), m_pages(new QStackedWidget) {
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
    connect(m_tabs, &QTabBar::currentChanged, this, &InspectorPanel::showIndex);

    auto* atlas = new AtlasView(*m_state);
    m_atlasMenus = new AtlasMenus(*m_state);
    connect(m_atlasMenus, &AtlasMenus::said, atlas, &AtlasView::say);
    addPage("atlas", tr("Atlas"), atlas, m_atlasMenus);
    m_compare = new ComparePage(*m_state);
    addPage("compare", tr("Compare"), m_compare, m_compare->menus());
    m_frames = new FramesPage(workspace);
    addPage("frames", tr("Frames"), m_frames, m_frames->menus());
    auto* align = new AlignPage(workspace);
    addPage("align", tr("Align"), align, align->menus());
    auto* ablate = new AblatePage(workspace);
    addPage("ablate", tr("Ablate"), ablate, ablate->menus());
}

void InspectorPanel::openInspection(const QString& file) {
    m_tabs->setCurrentIndex(0);
    m_atlasMenus->openInspection(file);
}

void InspectorPanel::setModels(const QList<ModelChoice>& models) { m_compare->second().setModels(models); }

void InspectorPanel::addPage(const QString& name, const QString& title, QWidget* page, QWidget* menus) {
    m_pages->addWidget(page);
    m_menus->addWidget(menus);
    m_tabs->setTabData(m_tabs->addTab(title), name);
    showIndex(m_tabs->currentIndex());
}

void InspectorPanel::showPage(const QString& name) {
    for (int i = 0; i < m_tabs->count(); ++i)
        if (m_tabs->tabData(i) == name) m_tabs->setCurrentIndex(i);
}

void InspectorPanel::showMap(const QString& activation) {
    m_workspace.selection.setMap(activation);
    m_state->setOverlaid(true);
}

void InspectorPanel::scoreFrames(const QString& words) {
    showPage(QStringLiteral("frames"));
    m_frames->scoreWords(words);
}

void InspectorPanel::compareWith(const QString& folder, const QString& question) {
    showPage(QStringLiteral("compare"));
    m_compare->loadAndAsk(folder, question);
}

void InspectorPanel::showIndex(int index) {
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
