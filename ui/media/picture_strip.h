#pragma once

#include <QListView>

namespace fusionscope::ui {

class OpenPicturesModel;
class Selection;

/// The open pictures in a row below the view; the current one is the selected picture, by mouse and keyboard.
class PictureStrip : public QListView {
    Q_OBJECT

  public:
    PictureStrip(OpenPicturesModel& model, Selection& selection, QWidget* parent = nullptr);

    QSize sizeHint() const override { return {320, height}; }
    QSize minimumSizeHint() const override { return {120, height}; }

  protected:
    void keyPressEvent(QKeyEvent* event) override;

  signals:
    void closeRequested(const QString& hash);

  private:
    static constexpr int height = 72;

    void follow(const QString& hash);

    OpenPicturesModel& m_model;
};

}  // namespace fusionscope::ui
