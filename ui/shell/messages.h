#pragma once

#include <QWidget>
#include <functional>

class QVBoxLayout;

namespace fusionscope::ui {

/// What the program tells beside its normal work: a sentence with its next step.
struct Message {
    enum class Kind { Note, Warning };
    Kind kind = Kind::Note;
    QString text;
    QString step = {};                ///< what a button does about it, "Load anyway"; empty for none
    std::function<void()> take = {};  ///< that step
};

/// The strip below the menu in which messages stand until they are dismissed. Never in the way, never modal.
class Messages : public QWidget {
    Q_OBJECT

  public:
    explicit Messages(QWidget* parent = nullptr);

    /// The same text is not shown twice; of many the newest three stay.
    void show(const Message& message);
    QStringList texts() const;

  private:
    QWidget* makeRow(const Message& message);
    void dismiss(QWidget* row);

    QVBoxLayout* m_layout;
    QList<QWidget*> m_rows;
};

}  // namespace fusionscope::ui
