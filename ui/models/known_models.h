#pragma once

#include <QAbstractListModel>
#include <QHash>
#include <QString>
#include <memory>
#include <vector>

#include "core/engine/folder_report.h"
#include "core/engine/load_options.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

struct Workspace;

/// A checkpoint that the person named, used where it lies.
struct KnownModel {
    QString path;          ///< absolute; a folder or a .gguf file
    bool bundled = false;
    bool crashed = false;  ///< the program ended while it was loading this
    std::shared_ptr<const engine::FolderReport> report;  ///< null until it was looked at
    QString problem;       ///< the sentence that says why it could not be looked at
};

/// Whether and how far a known model can be used.
enum class ModelState { Checking, Usable, Refused, Crashed, Loading, Loaded };

/// The checkpoints that the program knows, remembered in the settings; the bundled ones come first.
///
/// Looking at them, checking and quantising them happens in a worker of its own and never waits for the model or a
/// picture. A path that is being loaded is noted in the settings until loading has ended, so that the next start knows
/// which model the program crashed with.
class KnownModels : public QAbstractListModel {
    Q_OBJECT

  public:
    enum Role { DescriptionRole = Qt::UserRole + 1, StateRole };

    explicit KnownModels(Workspace& workspace, QObject* parent = nullptr);
    ~KnownModels() override;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

    const KnownModel& at(int row) const { return m_models[static_cast<size_t>(row)]; }
    /// −1 when it is not known.
    int rowOf(const QString& path) const;
    ModelState stateOf(int row) const;
    /// In one sentence, what the models that come with the program know.
    static QString bundledKnowledge();
    /// What a person calls it: "Florence-VL nano".
    QString title(int row) const;

    /// Adds a folder or .gguf file (unless it is known) and looks at it. Returns its row.
    int add(const QString& path);
    /// Forgets it and leaves its files alone. The bundled model stays.
    void remove(int row);
    /// Looks at names, shapes and configuration again. @param everything also reads every value
    void check(int row, bool everything);
    /// Writes an int8 or int4 copy beside the original, or into the program's own folder where that cannot be written,
    /// and adds it. Returns where.
    QString quantise(int row, engine::Precision precision);

    /// Precision and device that the person chose for it; the engine's choice before that.
    engine::LoadOptions options(const QString& path) const;
    void setOptions(const QString& path, const engine::LoadOptions& options);
    /// Loads it as the current model, adding it when it is new. One that crashed the program is not loaded;
    /// crashedBefore() follows instead.
    void load(const QString& path);
    /// Also what crashed the program.
    void loadAnyway(const QString& path);
    /// What was loaded last, for the next start; the bundled model when that is unknown or not there any more.
    QString lastUsed() const;

    /// Empty when the program's own files were not found; then bundledProblem() says it.
    QString bundled() const;
    const QString& bundledProblem() const { return m_bundledProblem; }
    /// Where models can be loaded on this machine, as engine::devices() names it; only the processor until devicesFound().
    const QStringList& devices() const { return m_devices; }
    /// For whoever shows its progress.
    Worker& worker() { return m_worker; }

  signals:
    void crashedBefore(const QString& path);
    /// Quantising or checking failed. @param message the sentence to show
    void failed(const QString& path, const QString& message);
    /// From the worker's thread, queued to this object.
    void inspected(const QString& path, std::shared_ptr<const fusionscope::engine::FolderReport> report);
    void devicesFound(const QStringList& devices);

  private:
    struct Task {
        QString path, made;  ///< made: the copy that the task writes; empty for a look at the path
    };

    void append(const KnownModel& model);
    void save() const;
    void noteLoading(const QString& path) const;
    void noteLoaded(bool well);
    void changed(const QString& path);

    Workspace& m_workspace;
    std::vector<KnownModel> m_models;
    QString m_bundledProblem;
    QStringList m_devices{"cpu"};
    QString m_loading, m_loaded;
    QHash<JobId, Task> m_tasks;
    Worker m_worker;  // last: it ends before what its results go to
};

}  // namespace fusionscope::ui
