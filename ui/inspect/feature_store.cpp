#include "ui/inspect/feature_store.h"

#include <numeric>

#include "core/engine/atlas.h"
#include "core/engine/model.h"
#include "core/files/error.h"
#include "ui/common/current_model.h"

namespace fusionscope::ui {

namespace {

/// What decides on a set's numbers.
QString keyOf(const ModelFacts& model, const std::string& picture, const std::vector<std::string>& extraPrompts,
              const std::string& prompt) {
    QStringList parts = {QString::fromStdString(model.summary.folder), QString::fromStdString(model.summary.precision),
                         QString::fromStdString(model.summary.device), QString::number(model.options.groupSize),
                         QString::number(model.options.pillow13Order), QString::fromStdString(model.options.chatTemplate),
                         QString::fromStdString(picture), QString::fromStdString(prompt)};
    for (const auto& extra : extraPrompts) parts += QString::fromStdString(extra);
    return parts.join(QChar(u'\0'));
}

QString keyOf(const FeatureSet& set) {
    return keyOf(*set.model, set.picture->handle.hash(), set.extraPrompts, set.prompt);
}

bool isLoaded(const engine::Model& model, const ModelFacts& facts) {
    const auto& summary = model.summary();
    return summary.folder == facts.summary.folder && summary.precision == facts.summary.precision &&
           summary.loadSeconds == facts.summary.loadSeconds;
}

std::shared_ptr<const FeatureSet> compute(engine::Model& model, const std::shared_ptr<const ModelFacts>& facts,
                                          const FeatureRequest& request, const engine::Control& control) {
    auto set = std::make_shared<FeatureSet>();
    set->model = facts;
    set->picture = request.picture;
    set->extraPrompts = request.extraPrompts;
    set->prompt = request.prompt;
    set->encoding = model.encodeOptions();
    for (const auto& extra : request.extraPrompts) {
        const auto split = extra.find('=');
        set->encoding.extraPrompts.push_back(model.extraPrompt(extra.substr(0, split), extra.substr(split + 1)));
    }
    set->seen = model.preprocess(request.picture->handle);
    set->seen.pixels = {};
    set->activations = mapsAmong(model.activations(set->encoding, request.picture->handle.size()), !request.prompt.empty() || !facts->summary.chats);
    std::vector<std::string> names;
    for (const auto& activation : set->activations) names.push_back(activation.name);
    auto maps = model.featureMaps(names, request.picture->handle, request.prompt, set->encoding, control);
    for (const auto& name : names) {
        const auto found = std::ranges::find(maps, name, &inspect::FeatureMap::name);
        if (found == maps.end()) throw Error("the pass did not record this activation", name);
        set->maps.push_back(std::make_shared<const inspect::FeatureMap>(std::move(*found)));
    }
    return set;
}

}  // namespace

size_t FeatureSet::bytes() const {
    return std::accumulate(maps.begin(), maps.end(), seen.seen.size(), [](size_t sum, const auto& map) {
        return sum + map->data.size() * sizeof(float);
    });
}

std::vector<models::ActivationInfo> mapsAmong(std::vector<models::ActivationInfo> activations, bool withLanguageModel) {
    std::erase_if(activations, [&](const models::ActivationInfo& activation) {
        return !activation.isMap || (!withLanguageModel && activation.name.starts_with("llm/"));
    });
    return activations;
}

FeatureStore::FeatureStore(Worker& worker, CurrentModel& model, size_t byteLimit, QObject* parent)
    : QObject(parent), m_worker(worker), m_model(model), m_sets(static_cast<qsizetype>(byteLimit >> 10)) {
    connect(this, &FeatureStore::computed, this, &FeatureStore::keep, Qt::QueuedConnection);
    connect(&worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job || end == JobEnd::Done) return;
        m_job = 0;
        emit failed(message);
    });
}

void FeatureStore::request(const FeatureRequest& request) {
    forget();
    const auto facts = m_model.facts();
    if (!facts || !request.picture) return;
    m_wanted = keyOf(*facts, request.picture->handle.hash(), request.extraPrompts, request.prompt);
    if (const auto* kept = m_sets.object(m_wanted)) {
        emit arrived(*kept);
        return;
    }
    m_job = m_worker.submit(tr("Computing the maps of %1").arg(request.picture->name),
                                      [this, facts, request](WorkerContext& context) {
        // Another model came in between; what it gives is asked for anew.
        if (!isLoaded(context.loaded(), *facts)) throw Stopped();
        emit computed(compute(context.loaded(), facts, request, context.control));
    });
}

void FeatureStore::forget() {
    m_wanted.clear();
    if (m_job != 0) m_worker.stop(std::exchange(m_job, 0));
}

void FeatureStore::keep(const std::shared_ptr<const FeatureSet>& set) {
    const auto key = keyOf(*set);
    m_sets.insert(key, new std::shared_ptr<const FeatureSet>(set), static_cast<qsizetype>(set->bytes() >> 10) + 1);
    if (key != m_wanted) return;
    m_job = 0;
    emit arrived(set);
}

}  // namespace fusionscope::ui
