#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;

namespace fusionscope::ui {

/// A sentence in place, with what can be done about it; hidden while there is nothing to tell.
class Notice : public QFrame {
    Q_OBJECT

  public:
    explicit Notice(QWidget* parent = nullptr);

    /// @param action what the button does; empty: there is none besides closing
    void tell(const QString& sentence, const QString& button = {}, const std::function<void()>& action = {});
    QString sentence() const;

  private:
    QLabel* m_sentence;
    QPushButton* m_button;
    std::function<void()> m_action;
};

}  // namespace fusionscope::ui
