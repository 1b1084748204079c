#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <vector>

#include "core/engine/load_options.h"
#include "core/engine/request.h"
#include "core/engine/results.h"
#include "core/models/encode_options.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

/// What the window needs to know of the loaded model without asking the worker.
struct ModelFacts {
    engine::ModelSummary summary;
    engine::LoadOptions options;                     ///< as asked for
    engine::GenerationOptions generation;            ///< the checkpoint's own defaults
    models::EncodeOptions encoding;                  ///< likewise
    std::vector<models::ActivationInfo> activations; ///< all that a pass can record; empty without pictures
    qint64 visualTokens = 0;                         ///< that one picture adds to a prompt; 0 when that depends on its size
};

/// The model in the worker. Loading replaces it only when the new one is there; a failed or stopped load keeps the old.
class CurrentModel : public QObject {
    Q_OBJECT

  public:
    explicit CurrentModel(Worker& worker, QObject* parent = nullptr);

    /// Submits a job; loading() follows at once, then changed() or failed().
    JobId load(const QString& folder, const engine::LoadOptions& options = {});
    /// Frees what the model takes; changed() follows.
    void unload();
    /// Null before the first model, and after unload().
    std::shared_ptr<const ModelFacts> facts() const { return m_facts; }
    bool isLoading() const { return m_job != 0; }
    /// engine::checkpointHash() of the loaded model; empty until identified().
    const QString& hash() const { return m_hash; }

  signals:
    void loading(const QString& folder);
    void changed();
    /// Its hash is known. For a large model that was never hashed before this takes longer than a first answer.
    void identified();
    /// @param message the sentence to show; empty when the person stopped it
    void failed(const QString& folder, const QString& message);
    /// From the worker's thread, queued to this object; null when there is no model any more.
    void loaded(std::shared_ptr<const fusionscope::ui::ModelFacts> facts);
    /// From the hashing thread, queued to this object.
    void hashed(std::shared_ptr<const fusionscope::ui::ModelFacts> facts, const QString& hash);

  private:
    Worker& m_worker;
    std::shared_ptr<const ModelFacts> m_facts;
    JobId m_job = 0;
    QString m_folder, m_hash;
    Worker m_hasher;  // last: its thread ends first
};

}  // namespace fusionscope::ui
