#pragma once

#include <QAbstractButton>
#include <QImage>
#include <QWidget>

#include "ui/shell/samples.h"

namespace fusionscope::ui {

struct Workspace;

/// A sample picture with its question, to be clicked.
class SampleCard : public QAbstractButton {
    Q_OBJECT

  public:
    explicit SampleCard(const Sample& sample, QWidget* parent = nullptr);

    void setPicture(const QImage& picture);
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Sample m_sample;
    QImage m_picture;
};

/// What stands where the picture will be: how to open one, and three samples that one click asks about.
class Welcome : public QWidget {
    Q_OBJECT

  public:
    explicit Welcome(Workspace& workspace, QWidget* parent = nullptr);

  signals:
    void sampleChosen(const QString& path, const QString& question);
    /// From the reader's thread, queued to this object.
    void pictureRead(int card, const QImage& picture);

  private:
    std::vector<SampleCard*> m_cards;
};

}  // namespace fusionscope::ui
