#pragma once

#include <QString>
#include <QWidget>
#include <utility>
#include <vector>

namespace fusionscope::ui {

/// A title, and below it names with a bar from 0 to 1 and the number. Negative values have no bar.
class BarList : public QWidget {
    Q_OBJECT

  public:
    explicit BarList(const QString& title, QWidget* parent = nullptr);

    /// Hidden while there are none.
    void setBars(std::vector<std::pair<QString, double>> bars);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {160, sizeHint().height()}; }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QString m_title;
    std::vector<std::pair<QString, double>> m_bars;
};

}  // namespace fusionscope::ui
