#pragma once

#include <QPlainTextEdit>

namespace fusionscope::ui {

/// The field that a question is typed into: one line high to begin with, six at most. Enter sends, Shift+Enter breaks
/// the line; pictures that are pasted or dropped are told and not inserted.
class DraftEdit : public QPlainTextEdit {
    Q_OBJECT

  public:
    explicit DraftEdit(QWidget* parent = nullptr);

    /// What stands there while nothing is typed, cut to the width.
    void setHint(const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  signals:
    void sendWanted();
    void picturesGiven(const QMimeData& given);

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool canInsertFromMimeData(const QMimeData* given) const override;
    void insertFromMimeData(const QMimeData* given) override;

  private:
    int heightOf(int lines) const;
    void fit();
    void showHint();

    QString m_hint;
};

}  // namespace fusionscope::ui
