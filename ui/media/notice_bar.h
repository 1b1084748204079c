#pragma once

#include <QFrame>

class QLabel;

namespace fusionscope::ui {

/// Sentences for the person, on top of what it belongs to: nothing moves when it appears. Several are shown below each
/// other until they are closed.
class NoticeBar : public QFrame {
    Q_OBJECT

  public:
    /// @param over the widget whose upper edge it lies on
    explicit NoticeBar(QWidget* over);

    void add(const QString& sentence);
    void clear();
    QString text() const;

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    static constexpr int shownSentences = 4;

    void place();

    QLabel* m_label;
    QStringList m_sentences;
};

}  // namespace fusionscope::ui
