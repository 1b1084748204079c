#pragma once

#include <QPushButton>

namespace fusionscope::ui {

class KnownModels;
struct Workspace;

/// The pill in the top right corner: which model answers, where it computes and how large it is. Its menu changes the
/// model.
class ModelButton : public QPushButton {
    Q_OBJECT

  public:
    ModelButton(Workspace& workspace, KnownModels& models, QWidget* parent = nullptr);

  private:
    void fillMenu();
    void show(const QString& name, const QString& details, QPalette::ColorRole dot);

    Workspace& m_workspace;
    KnownModels& m_models;
};

}  // namespace fusionscope::ui
