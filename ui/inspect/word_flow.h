#pragma once

#include <QWidget>
#include <vector>

namespace fusionscope::ui {

/// Words of an answer in reading order, under each a bar for how its log-probability changed: down in red for what became
/// less probable, in the accent for what became more. A click chooses a word.
class WordFlow : public QWidget {
    Q_OBJECT

  public:
    struct Word {
        QString text;
        double change = 0;  ///< of its log-probability
        bool marked = false;
    };

    explicit WordFlow(QWidget* parent = nullptr);

    void setWords(std::vector<Word> words);
    const std::vector<Word>& words() const { return m_words; }
    /// −1 for none.
    void setChosen(int word);

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {400, heightForWidth(400)}; }

  signals:
    void chosen(int word);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    std::vector<QRectF> rectsFor(double width) const;
    int wordAt(const QPointF& point) const;

    std::vector<Word> m_words;
    int m_chosen = -1;
};

}  // namespace fusionscope::ui
