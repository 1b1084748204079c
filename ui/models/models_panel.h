#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QListView;
class QListWidget;
class QProgressBar;
class QPushButton;

namespace fusionscope::ui {

class KnownModels;
struct Workspace;

/// The known models: what they are, what they need, what was found in their folders; adding, loading, quantising and
/// removing them.
class ModelsPanel : public QWidget {
    Q_OBJECT

  public:
    ModelsPanel(Workspace& workspace, KnownModels& models, QWidget* parent = nullptr);

    /// Adds a folder or .gguf file and shows what is found in it.
    void add(const QString& path);
    /// Asks for a folder, then add().
    void chooseFolder();
    /// The same for a .gguf file.
    void chooseFile();

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    QWidget* makeList();
    QWidget* makeDetails();
    QWidget* makeActions();
    void fillDevices(const QStringList& devices);
    void followJobs();
    int row() const;
    void select(int row);
    void showDetails();
    void showFindings();
    void storeOptions();

    Workspace& m_workspace;
    KnownModels& m_models;
    QListView* m_list;
    QLabel *m_title, *m_facts, *m_notice, *m_job;
    QListWidget* m_findings;
    QComboBox *m_precision, *m_device;
    QPushButton *m_load, *m_quantise, *m_check, *m_remove, *m_stop;
    QProgressBar* m_progress;
};

}  // namespace fusionscope::ui
