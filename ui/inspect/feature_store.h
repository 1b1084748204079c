#pragma once

#include <QCache>
#include <QObject>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/image/processor.h"
#include "core/inspect/feature_map.h"
#include "core/models/encode_options.h"
#include "ui/common/pictures.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

class CurrentModel;
struct ModelFacts;

/// All feature maps of one picture under one model.
struct FeatureSet {
    std::shared_ptr<const ModelFacts> model;
    std::shared_ptr<const OpenPicture> picture;
    image::ProcessedPicture seen;            ///< what the model saw; without the normalised pixels
    models::EncodeOptions encoding;
    std::vector<std::string> extraPrompts;   ///< "NAME=TEXT"
    std::string prompt;                      ///< the question, when the language model's layers are among the maps
    std::vector<models::ActivationInfo> activations;                  ///< those with a patch grid
    std::vector<std::shared_ptr<const inspect::FeatureMap>> maps;     ///< one for each of them

    size_t bytes() const;
};

/// What a set of maps is asked for by; the model is the one that is loaded.
struct FeatureRequest {
    std::shared_ptr<const OpenPicture> picture;
    std::vector<std::string> extraPrompts;
    std::string prompt;
    bool operator==(const FeatureRequest&) const = default;
};

/// The activations with a patch grid that a request gives: those of the language model only with a question.
std::vector<models::ActivationInfo> mapsAmong(std::vector<models::ActivationInfo> activations, bool withLanguageModel);

/// Computes sets of feature maps of one model in its worker and keeps the latest ones, by bytes.
class FeatureStore : public QObject {
    Q_OBJECT

  public:
    /// @param worker that holds the model. @param byteLimit what all kept sets together may take
    FeatureStore(Worker& worker, CurrentModel& model, size_t byteLimit = size_t{768} << 20, QObject* parent = nullptr);

    /// arrived() or failed() follows, at once for a set that is kept. Only the latest request is answered.
    void request(const FeatureRequest& request);
    /// Nothing is wanted any more.
    void forget();

  signals:
    void arrived(std::shared_ptr<const fusionscope::ui::FeatureSet> set);
    /// @param message the sentence to show; empty when the person stopped it
    void failed(const QString& message);
    /// From the worker's thread, queued to this object.
    void computed(std::shared_ptr<const fusionscope::ui::FeatureSet> set);

  private:
    void keep(const std::shared_ptr<const FeatureSet>& set);

    Worker& m_worker;
    CurrentModel& m_model;
    QCache<QString, std::shared_ptr<const FeatureSet>> m_sets;  // costs in KiB
    JobId m_job = 0;
    QString m_wanted;  // key of the latest request's set
};

}  // namespace fusionscope::ui
