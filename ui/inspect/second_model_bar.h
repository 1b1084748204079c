#pragma once

#include <QList>
#include <QWidget>
#include <memory>

#include "core/engine/folder_report.h"
#include "core/engine/load_options.h"
#include "ui/worker/worker.h"

class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace fusionscope::ui {

struct Workspace;

/// A model that can be loaded, as a person knows it.
struct ModelChoice {
    QString title, path;
    engine::LoadOptions options;
};

/// Chooses a second model, says what it needs and what is free, and loads it only then.
class SecondModelBar : public QWidget {
    Q_OBJECT

  public:
    explicit SecondModelBar(Workspace& workspace, QWidget* parent = nullptr);

    void setModels(const QList<ModelChoice>& models) { m_models = models; }
    /// Looks at it and says what it needs.
    void choose(const ModelChoice& model);
    /// Chooses and loads it at once.
    void load(const QString& folder);
    /// Loads what was chosen, or lets go of what is loaded.
    void loadOrFree();

  signals:
    /// From the second worker's thread, queued to this object.
    void inspected(const QString& path, std::shared_ptr<const fusionscope::engine::FolderReport> report);

  private:
    void fillMenu();
    void tell(const QString& path, const engine::FolderReport& report);
    void follow(bool isLoading);

    Workspace& m_workspace;
    QList<ModelChoice> m_models;
    ModelChoice m_chosen;
    JobId m_job = 0;
    QToolButton* m_choose;
    QMenu* m_menu;
    QLabel* m_needs;
    QPushButton* m_load;
};

}  // namespace fusionscope::ui
