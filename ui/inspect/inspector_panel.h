#pragma once

#include <QWidget>

class QBoxLayout;
class QStackedWidget;
class QTabBar;

namespace fusionscope::ui {

class AtlasMenus;
class ComparePage;
struct ModelChoice;
struct Workspace;

/// What the model makes of the picture: the pages Atlas, Compare, Frames, Align and Ablate, with the menus of the page at the right
/// of the tabs, or below them in a narrow panel.
class InspectorPanel : public QWidget {
    Q_OBJECT

  public:
    explicit InspectorPanel(Workspace& workspace, QWidget* parent = nullptr);

    /// Shows what a .fscope file keeps.
    void openInspection(const QString& file);

    /// What can be loaded beside the model that answers.
    void setModels(const QList<ModelChoice>& models);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    /// @param menus what stands beside the tab bar while the page is shown
    void addPage(const QString& title, QWidget* page, QWidget* menus);
    void showPage(int index);
    void arrangeHead();

    QBoxLayout* m_head;
    QTabBar* m_tabs;
    QStackedWidget* m_menus;
    QStackedWidget* m_pages;
    AtlasMenus* m_atlasMenus;
    ComparePage* m_compare;
};

}  // namespace fusionscope::ui
