#include "ui/common/current_model.h"

#include "core/engine/folder_report.h"
#include "core/engine/model.h"

namespace fusionscope::ui {

CurrentModel::CurrentModel(Worker& worker, QObject* parent) : QObject(parent), m_worker(worker) {
    connect(this, &CurrentModel::loaded, this, [this](const std::shared_ptr<const ModelFacts>& facts) {
        m_facts = facts;
        m_hash.clear();
        m_hasher.stopAll();
        if (facts) m_hasher.submit(tr("Hashing the model"), [this, facts](WorkerContext& context) {
            emit hashed(facts, QString::fromStdString(engine::checkpointHash(facts->summary.folder, context.control)));
        });
        emit changed();
    }, Qt::QueuedConnection);
    connect(this, &CurrentModel::hashed, this, [this](const std::shared_ptr<const ModelFacts>& facts, const QString& hash) {
        if (facts != m_facts) return;
        m_hash = hash;
        emit identified();
    }, Qt::QueuedConnection);
    connect(&worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job) return;
        m_job = 0;
        if (end != JobEnd::Done) emit failed(m_folder, message);
    });
}

JobId CurrentModel::load(const QString& folder, const engine::LoadOptions& options) {
    if (m_job != 0) m_worker.stop(m_job);
    m_folder = folder;
    m_job = m_worker.submit(tr("Loading %1").arg(QString(folder).section('/', -1, -1, QString::SectionSkipEmpty)),
                            [this, folder, options](WorkerContext& context) {
        auto model = engine::Model::load(folder.toStdString(), options, context.control);
        auto facts = std::make_shared<ModelFacts>();
        facts->summary = model->summary();
        facts->options = options;
        if (facts->summary.chats) facts->generation = model->generationDefaults();
        if (facts->summary.takesPictures) {
            facts->encoding = model->encodeOptions();
            facts->activations = model->activations(facts->encoding);
            if (facts->summary.chats) {
                const auto tokens = [&](image::Size size) { return model->visualTokens(facts->encoding, size); };
                facts->visualTokens = tokens({1000, 1000}) == tokens({1000, 100}) ? tokens({1000, 1000}) : 0;
            }
        }
        context.model = std::move(model);
        emit loaded(facts);
    });
    emit loading(folder);
    return m_job;
}

void CurrentModel::unload() {
    if (m_job != 0) m_worker.stop(m_job);
    m_job = m_worker.submit(tr("Freeing the model"), [this](WorkerContext& context) {
        context.model.reset();
        emit loaded(nullptr);
    });
}

}  // namespace fusionscope::ui
