#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

class QGridLayout;
class QLabel;

namespace fusionscope::ui {

/// A title, and below it names and values with a hairline between the lines. The lines are fixed: nothing moves when a
/// value changes.
class FactTable : public QWidget {
    Q_OBJECT

  public:
    explicit FactTable(const QStringList& names, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    void setValue(int line, const QString& value);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    /// Shortens the values to the width there is.
    void elide();

    QLabel* m_title;
    std::vector<QLabel*> m_values;
    QStringList m_texts;
};

}  // namespace fusionscope::ui
