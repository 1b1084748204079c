#pragma once

#include <QObject>
#include <QString>
#include <optional>

class QDockWidget;
class QMainWindow;

namespace fusionscope::ui {

/// What the window is arranged for.
enum class Layout { Chat, Inspect, Present };

/// "chat", "inspect", "present": for settings and command lines.
QString layoutName(Layout layout);
std::optional<Layout> layoutNamed(const QString& name);

/// The docks around the picture.
struct Docks {
    QDockWidget *history, *chat, *inspector;
};

/// Arranges the docks of a window for one of the three layouts and remembers what the person moved in each.
class Layouts : public QObject {
    Q_OBJECT

  public:
    Layouts(QMainWindow& window, const Docks& docks);

    Layout current() const { return m_current; }
    /// Stores the arrangement so far under the layout so far. Present fills the screen.
    void choose(Layout layout);
    /// The arrangement of the last run, or the one that the program was made with. Once, before the window is shown.
    void restore(Layout layout);
    /// Stores arrangement and place of the window.
    void save() const;
    /// The arrangement that the program was made with, for the current layout.
    void reset();

  signals:
    void changed(fusionscope::ui::Layout layout);

  private:
    void arrange(Layout layout);
    void arrangeAnew(Layout layout);

    QMainWindow& m_window;
    Docks m_docks;
    Layout m_current = Layout::Inspect;
    Qt::WindowStates m_beforePresent;
};

}  // namespace fusionscope::ui
