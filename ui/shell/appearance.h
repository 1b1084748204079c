#pragma once

#include <QFont>
#include <QObject>

#include "ui/plot/theme.h"
#include "ui/shell/system_theme.h"

namespace fusionscope::ui {

/// The application's look: Fusion style, our palette and style sheet, light or dark as the person or else the system
/// wants it, and the size of all text.
class Appearance : public QObject {
    Q_OBJECT

  public:
    enum class Choice { System, Light, Dark };

    /// Takes the choice from the settings. One for each application.
    explicit Appearance(QObject* parent = nullptr);

    Choice choice() const { return m_choice; }
    void choose(Choice choice);
    /// For this run alone.
    void preview(Choice choice);
    plot::Theme theme() const;
    /// All text that much larger than the system's, for a room to read; 1 for a desk.
    void setTextScale(double scale);

  signals:
    void changed();

  private:
    void apply();

    SystemTheme m_system;
    Choice m_choice;
    QFont m_font;
};

}  // namespace fusionscope::ui
