#pragma once

#include <QWidget>

class QBoxLayout;
class QStackedWidget;
class QTabBar;

namespace fusionscope::ui {

class AtlasMenus;
class AtlasState;
class ComparePage;
class FramesPage;
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

    /// @param name "atlas", "compare", "frames", "align", "ablate"; others do nothing
    void showPage(const QString& name);
    /// Enlarges a map and lays it over the picture, as soon as there is one of this name.
    void showMap(const QString& activation);
    /// Measures the similarity of the marked frames to words as soon as there are any.
    void scoreFrames(const QString& words);
    /// Loads a second model and asks both about the picture as soon as all are there.
    void compareWith(const QString& folder, const QString& question);
    /// What can be loaded beside the model that answers.
    void setModels(const QList<ModelChoice>& models);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    /// @param name for showPage(). @param menus what stands beside the tab bar while the page is shown
    void addPage(const QString& name, const QString& title, QWidget* page, QWidget* menus);
    void showIndex(int index);
    void arrangeHead();

    Workspace& m_workspace;
    AtlasState* m_state;
    QBoxLayout* m_head;
    QTabBar* m_tabs;
    QStackedWidget* m_menus;
    QStackedWidget* m_pages;
    AtlasMenus* m_atlasMenus;
    ComparePage* m_compare;
    FramesPage* m_frames;
};

}  // namespace fusionscope::ui
