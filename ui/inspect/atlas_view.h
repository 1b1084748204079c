#pragma once

#include <QWidget>
#include <optional>

#include "ui/common/selection.h"

class QBoxLayout;
class QLabel;
class QLineEdit;
class QStackedWidget;
class QToolButton;

namespace fusionscope::ui {

class AtlasGrid;
class AtlasState;
class BarList;
class FactTable;
class LargeMap;

/// The page Atlas: the grid of maps, below it the enlarged one with its facts.
class AtlasView : public QWidget {
    Q_OBJECT

  public:
    explicit AtlasView(AtlasState& state, QWidget* parent = nullptr);

    /// A sentence below the grid, until the next one.
    void say(const QString& message);

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QWidget* makeLegend();
    QWidget* makePromptField();
    QWidget* makeFacts();
    void addCommands();
    void updateFacts();
    void updateHovered(const std::optional<Place>& place);
    void updateStatus();
    void openPromptField(bool open);
    void addPrompt();
    void nextKind(int step);

    AtlasState& m_state;
    AtlasGrid* m_grid;
    LargeMap* m_large;
    FactTable* m_facts;
    BarList* m_agreement;
    QStackedWidget* m_pages;  // the empty state, the atlas
    QLabel *m_empty, *m_note, *m_message;
    QBoxLayout* m_legend;
    QWidget* m_promptField;
    QLineEdit *m_promptName, *m_promptText;
    QToolButton *m_overlay, *m_compare, *m_layers;
    std::optional<Place> m_hovered;
};

}  // namespace fusionscope::ui
